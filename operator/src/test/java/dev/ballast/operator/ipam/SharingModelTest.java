package dev.ballast.operator.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.statistics.Statistics;
import org.junit.jupiter.api.Tag;

/**
 * Several Services that change their keys and ports at random, decided on what was read a while
 * ago, beside a store that refuses a write based on an old version.
 */
@Tag("feature:address")
class SharingModelTest {

  private static final List<String> KEYS = Arrays.asList(null, "a", "b");
  private static final List<Port> PORTS =
      List.of(new Port("TCP", 80), new Port("UDP", 80), new Port("TCP", 443));

  @Provide
  Arbitrary<List<Integer>> moves() {
    return Arbitraries.integers()
        .between(0, 99_999)
        .withDistribution(RandomDistribution.uniform())
        .withoutEdgeCases()
        .list()
        .ofMinSize(30)
        .ofMaxSize(150);
  }

  @Property(tries = 2000)
  void no_two_claims_ever_have_the_same_port_of_an_address(@ForAll("moves") List<Integer> moves) {
    // Given
    World world = new World();

    // When
    for (int move : moves) {
      world.move(move % 7, move / 7);
      world.checkClaims();
    }

    // Then
    Statistics.label("an address was shared").collect(world.shared);
    world.catchUp();
    world.store.forEach(
        (address, stored) -> assertThat(world.ledger.sharesOf(address)).isEqualTo(stored.shares()));
  }

  private record Stored(List<Share> shares, long version) {}

  /** A write under way; {@code next} empty: a deletion. */
  private record Write(IpAddress address, List<Share> next, long base) {}

  private static final class World {

    final Ledger ledger = new Ledger();
    final Map<IpAddress, Stored> store = new TreeMap<>();
    boolean shared;
    private final List<Claimant> claimants =
        IntStream.range(0, 5)
            .mapToObj(i -> new Claimant(i < 4 ? "one" : "two", "s" + i, "uid-" + i))
            .toList();
    private final List<Write> underWay = new ArrayList<>();
    private long version = 100;

    World() {
      TestLedger.putPool(ledger, "pool", TestRanges.of("192.0.2.0/30"));
    }

    void move(int kind, int pick) {
      Claimant claimant = claimants.get(pick % claimants.size());
      int more = pick / claimants.size();
      String key = KEYS.get(more % 4 % KEYS.size());
      List<Port> ports =
          IntStream.range(0, PORTS.size())
              .filter(i -> (more / 4 >> i) % 2 == 1)
              .mapToObj(PORTS::get)
              .toList();
      Share share = new Share(claimant, key, ports);
      switch (kind) {
        case 0, 1 -> claim(share);
        case 2 -> held(claimant).forEach(address -> restate(address, share));
        case 3 -> held(claimant).forEach(address -> leave(address, claimant));
        case 4, 5 -> finish(more);
        case 6 -> store.keySet().stream().skip(more % 4).findFirst().ifPresent(this::tell);
        default -> throw new AssertionError(kind);
      }
    }

    private List<IpAddress> held(Claimant claimant) {
      return ledger.heldBy(claimant.uid());
    }

    private void claim(Share share) {
      switch (TestLedger.choose(ledger, share, Wish.any(IpFamily.IPv4))) {
        case Choice.Assigned(var address, var _) ->
            underWay.add(new Write(address, List.of(share.beside(address, List.of())), 0));
        case Choice.Shareable(var address, var _) -> {
          Stored live = store.get(address);
          if (live != null && share.refusedBy(address, live.shares()).isEmpty()) {
            replace(address, live, share);
          }
        }
        case Choice.Refused _ -> {}
      }
    }

    private void restate(IpAddress address, Share share) {
      Stored live = store.get(address);
      if (live != null && has(live, share.claimant())) {
        replace(address, live, share.among(live.shares()));
      }
    }

    private void replace(IpAddress address, Stored live, Share share) {
      List<Share> next = without(live, share.claimant());
      next.add(share.beside(address, live.shares()));
      underWay.add(new Write(address, next, live.version()));
    }

    private void leave(IpAddress address, Claimant claimant) {
      Stored live = store.get(address);
      if (live == null) {
        ledger.absent(address, claimant.uid(), ledger.versionOf(address));
      } else if (has(live, claimant)) {
        underWay.add(new Write(address, without(live, claimant), live.version()));
      } else {
        tell(address);
      }
    }

    private static boolean has(Stored stored, Claimant claimant) {
      return stored.shares().stream().anyMatch(share -> share.claimant().equals(claimant));
    }

    private static List<Share> without(Stored stored, Claimant claimant) {
      return new ArrayList<>(
          stored.shares().stream().filter(share -> !share.claimant().equals(claimant)).toList());
    }

    /** A write arrives, in whatever order. */
    private void finish(int pick) {
      if (underWay.isEmpty()) {
        return;
      }
      Write write = underWay.remove(pick % underWay.size());
      Stored live = store.get(write.address());
      long current = live == null ? 0 : live.version();
      if (current != write.base()) {
        if (write.base() == 0) {
          ledger.giveUp(write.address(), write.next().getFirst().claimant().uid());
        }
        return;
      }
      if (write.next().isEmpty()) {
        store.remove(write.address());
        ledger.vanished(write.address(), ++version);
      } else {
        store.put(write.address(), new Stored(write.next(), ++version));
        tell(write.address());
      }
    }

    private void tell(IpAddress address) {
      Stored stored = store.get(address);
      TestLedger.observe(ledger, address, stored.shares(), stored.version(), stored.version());
    }

    void catchUp() {
      store.keySet().forEach(this::tell);
    }

    void checkClaims() {
      for (Map.Entry<IpAddress, Stored> entry : store.entrySet()) {
        List<Share> shares = entry.getValue().shares();
        Set<Port> seen = new HashSet<>();
        for (Share share : shares) {
          assertThat(share.key() == null && shares.size() > 1)
              .as("%s has all of %s, and others too", share, entry)
              .isFalse();
          share.ports().forEach(port -> assertThat(seen.add(port)).as("%s", entry).isTrue());
        }
        assertThat(shares.stream().map(Share::key).distinct()).hasSizeLessThanOrEqualTo(1);
        assertThat(shares.stream().map(share -> share.claimant().namespace()).distinct())
            .hasSize(1);
        shared |= shares.size() > 1;
      }
    }
  }
}
