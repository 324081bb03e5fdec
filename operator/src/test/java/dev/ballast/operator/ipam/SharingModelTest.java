package dev.ballast.operator.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.ServiceRef;
import dev.ballast.operator.ipam.pool.TestRanges;
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
  private static final List<ProtocolPort> PORTS =
      List.of(
          new ProtocolPort("TCP", 80), new ProtocolPort("UDP", 80), new ProtocolPort("TCP", 443));

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
        (address, stored) ->
            assertThat(world.allocator.claimsOn(address)).isEqualTo(stored.claims()));
  }

  private record Stored(List<AddressClaim> claims, long version) {}

  /** A write under way; {@code next} empty: a deletion. */
  private record Write(IpAddress address, List<AddressClaim> next, long base) {}

  private static final class World {

    final Ipam ipam = new Ipam();
    final Allocator allocator = ipam.allocator();
    final Map<IpAddress, Stored> store = new TreeMap<>();
    boolean shared;
    private final List<ServiceRef> serviceRefs =
        IntStream.range(0, 5)
            .mapToObj(i -> new ServiceRef(i < 4 ? "one" : "two", "s" + i, "uid-" + i))
            .toList();
    private final List<Write> underWay = new ArrayList<>();
    private long version = 100;

    World() {
      TestAllocator.putPool(ipam, "pool", TestRanges.of("192.0.2.0/30"));
    }

    void move(int kind, int pick) {
      ServiceRef serviceRef = serviceRefs.get(pick % serviceRefs.size());
      int more = pick / serviceRefs.size();
      String key = KEYS.get(more % 4 % KEYS.size());
      List<ProtocolPort> ports =
          IntStream.range(0, PORTS.size())
              .filter(i -> (more / 4 >> i) % 2 == 1)
              .mapToObj(PORTS::get)
              .toList();
      AddressClaim claim = new AddressClaim(serviceRef, key, ports);
      switch (kind) {
        case 0, 1 -> claim(claim);
        case 2 -> held(serviceRef).forEach(address -> restate(address, claim));
        case 3 -> held(serviceRef).forEach(address -> leave(address, serviceRef));
        case 4, 5 -> finish(more);
        case 6 -> store.keySet().stream().skip(more % 4).findFirst().ifPresent(this::tell);
        default -> throw new AssertionError(kind);
      }
    }

    private List<IpAddress> held(ServiceRef serviceRef) {
      return allocator.addressesOf(serviceRef.uid());
    }

    private void claim(AddressClaim claim) {
      switch (TestAllocator.allocate(allocator, claim, AddressRequest.any(IpFamily.IPv4))) {
        case AllocationResult.Assigned(var address, var _) ->
            underWay.add(
                new Write(address, List.of(claim.withoutTakenPorts(address, List.of())), 0));
        case AllocationResult.Shareable(var address, var _) -> {
          Stored live = store.get(address);
          if (live != null && claim.rejectionBeside(address, live.claims()).isEmpty()) {
            replace(address, live, claim);
          }
        }
        case AllocationResult.Rejected _ -> {}
      }
    }

    private void restate(IpAddress address, AddressClaim claim) {
      Stored live = store.get(address);
      if (live != null && has(live, claim.serviceRef())) {
        replace(address, live, claim.withEffectiveKey(live.claims()));
      }
    }

    private void replace(IpAddress address, Stored live, AddressClaim claim) {
      List<AddressClaim> next = without(live, claim.serviceRef());
      next.add(claim.withoutTakenPorts(address, live.claims()));
      underWay.add(new Write(address, next, live.version()));
    }

    private void leave(IpAddress address, ServiceRef serviceRef) {
      Stored live = store.get(address);
      if (live == null) {
        allocator.observeAbsence(address, serviceRef.uid(), allocator.versionOf(address));
      } else if (has(live, serviceRef)) {
        underWay.add(new Write(address, without(live, serviceRef), live.version()));
      } else {
        tell(address);
      }
    }

    private static boolean has(Stored stored, ServiceRef serviceRef) {
      return stored.claims().stream().anyMatch(claim -> claim.serviceRef().equals(serviceRef));
    }

    private static List<AddressClaim> without(Stored stored, ServiceRef serviceRef) {
      return new ArrayList<>(
          stored.claims().stream()
              .filter(claim -> !claim.serviceRef().equals(serviceRef))
              .toList());
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
          allocator.cancel(write.address(), write.next().getFirst().serviceRef().uid());
        }
        return;
      }
      if (write.next().isEmpty()) {
        store.remove(write.address());
        allocator.observeDeletion(write.address(), ++version);
      } else {
        store.put(write.address(), new Stored(write.next(), ++version));
        tell(write.address());
      }
    }

    private void tell(IpAddress address) {
      Stored stored = store.get(address);
      TestAllocator.observe(
          allocator, address, stored.claims(), stored.version(), stored.version());
    }

    void catchUp() {
      store.keySet().forEach(this::tell);
    }

    void checkClaims() {
      for (Map.Entry<IpAddress, Stored> entry : store.entrySet()) {
        List<AddressClaim> claims = entry.getValue().claims();
        Set<ProtocolPort> seen = new HashSet<>();
        for (AddressClaim claim : claims) {
          assertThat(claim.sharingKey() == null && claims.size() > 1)
              .as("%s has all of %s, and others too", claim, entry)
              .isFalse();
          claim.ports().forEach(port -> assertThat(seen.add(port)).as("%s", entry).isTrue());
        }
        assertThat(claims.stream().map(AddressClaim::sharingKey).distinct())
            .hasSizeLessThanOrEqualTo(1);
        assertThat(claims.stream().map(claim -> claim.serviceRef().namespace()).distinct())
            .hasSize(1);
        shared |= claims.size() > 1;
      }
    }
  }
}
