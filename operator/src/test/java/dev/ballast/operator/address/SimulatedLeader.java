package dev.ballast.operator.address;

import dev.ballast.operator.ipam.Allocator;
import dev.ballast.operator.ipam.Ipam;
import dev.ballast.operator.ipam.TestAllocator;
import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.pool.ServiceContext;
import dev.ballast.operator.ipam.pool.ServiceRef;
import dev.ballast.operator.observe.OperatorMetrics;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An operator that believes to lead: what it knows, by watches that may be behind. */
final class SimulatedLeader {

  /** A Service as a watch has it: what it asks for, and the address that its status shows. */
  record Seen(RequestedAddresses requestedAddresses, @Nullable IpAddress shown) {

    ServiceContext standing() {
      return new ServiceContext(Map.of(), false, shown == null ? Set.of() : Set.of(shown));
    }
  }

  private final FakeAddressApi api;
  private final Ipam ipam = new Ipam();
  private final Allocator allocator = ipam.allocator();
  private final Map<String, Seen> seen = new HashMap<>();
  private int heard;
  private final AddressObserver addressObserver = new AddressObserver(allocator);
  final AddressClaimer addressClaimer;

  SimulatedLeader(FakeAddressApi api, FakeAddressApi.Weather weather, List<AddressRange> pool) {
    this.api = api;
    addressClaimer = new AddressClaimer(api.client(weather), ipam, new OperatorMetrics(ipam));
    put(pool);
    api.all().forEach(addressObserver::observe);
    heard = api.history().size();
  }

  void put(List<AddressRange> pool) {
    TestAllocator.putPool(ipam, "pool", pool);
  }

  void hear(int count) {
    for (int i = 0; i < count && heard < api.history().size(); i++) {
      FakeAddressApi.News news = api.history().get(heard++);
      if (news.deleted()) {
        addressObserver.observeDeletion(news.address());
      } else {
        addressObserver.observe(news.address());
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

  List<ServiceRef> holdersBut(Set<String> uids) {
    return addressClaimer.holders().stream()
        .filter(holder -> !uids.contains(holder.uid()))
        .sorted(Comparator.comparing(ServiceRef::uid))
        .toList();
  }

  int heldCount() {
    return ipam.statistics().allocatedCount();
  }
}
