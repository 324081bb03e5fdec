package dev.ballast.operator.address;

import dev.ballast.operator.ipam.AddressRange;
import dev.ballast.operator.ipam.Claimant;
import dev.ballast.operator.ipam.IpAddress;
import dev.ballast.operator.ipam.Ledger;
import dev.ballast.operator.ipam.Standing;
import dev.ballast.operator.ipam.TestLedger;
import dev.ballast.operator.observe.Meters;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An operator that believes to lead: what it knows, by watches that may be behind. */
final class Leader {

  /** A Service as a watch has it: what it asks for, and the address that its status shows. */
  record Seen(Wanted wanted, @Nullable IpAddress shown) {

    Standing standing() {
      return new Standing(Map.of(), false, shown == null ? Set.of() : Set.of(shown));
    }
  }

  private final FakeApi api;
  private final Ledger ledger = new Ledger();
  private final Map<String, Seen> seen = new HashMap<>();
  private int heard;
  final Addresses addresses;

  Leader(FakeApi api, FakeApi.Weather weather, List<AddressRange> pool) {
    this.api = api;
    addresses = new Addresses(api.client(weather), ledger, new Meters(ledger));
    put(pool);
    api.all().forEach(addresses::observe);
    heard = api.history().size();
  }

  void put(List<AddressRange> pool) {
    TestLedger.putPool(ledger, "pool", pool);
  }

  void hear(int count) {
    for (int i = 0; i < count && heard < api.history().size(); i++) {
      FakeApi.News news = api.history().get(heard++);
      if (news.deleted()) {
        addresses.vanished(news.address());
      } else {
        addresses.observe(news.address());
      }
    }
  }

  /** As after a list from a cache that is behind: all since then is told once more. */
  void hearAgain(int count) {
    heard -= Math.min(count, heard);
  }

  int heard() {
    return heard;
  }

  /** As its watch of Services has it. */
  Seen seen(String uid, Seen live) {
    return seen.getOrDefault(uid, live);
  }

  void see(String uid, Seen news) {
    seen.put(uid, news);
  }

  List<Claimant> holdersBut(Set<String> uids) {
    return addresses.holders().stream()
        .filter(holder -> !uids.contains(holder.uid()))
        .sorted(Comparator.comparing(Claimant::uid))
        .toList();
  }

  int heldCount() {
    return ledger.heldCount();
  }
}
