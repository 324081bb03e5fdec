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
 * Runs random changes of sharing keys and ports of several Services. Decisions are based on stale
 * reads, and the store rejects a write with an old version.
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
  void two_claims_on_an_address_never_have_the_same_port(@ForAll("moves") List<Integer> moves) {
    // Given
    SharingSimulation simulation = new SharingSimulation();

    // When
    for (int move : moves) {
      simulation.move(move % 7, move / 7);
      simulation.checkClaims();
    }

    // Then
    Statistics.label("an address was shared").collect(simulation.shared);
    simulation.deliverAll();
    simulation.store.forEach(
        (address, stored) ->
            assertThat(simulation.allocator.claimsOn(address)).isEqualTo(stored.claims()));
  }

  private record Stored(List<AddressClaim> claims, long version) {}

  /** A pending write; an empty {@code next} is a deletion. */
  private record Write(IpAddress address, List<AddressClaim> next, long base) {}

  private static final class SharingSimulation {

    final Ipam ipam = new Ipam();
    final Allocator allocator = ipam.allocator();
    final Map<IpAddress, Stored> store = new TreeMap<>();
    boolean shared;
    private final List<ServiceRef> serviceRefs =
        IntStream.range(0, 5)
            .mapToObj(i -> new ServiceRef(i < 4 ? "one" : "two", "s" + i, "uid-" + i))
            .toList();
    private final List<Write> pendingWrites = new ArrayList<>();
    private long version = 100;

    SharingSimulation() {
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
        case 2 -> addressesOf(serviceRef).forEach(address -> updateClaim(address, claim));
        case 3 -> addressesOf(serviceRef).forEach(address -> removeClaim(address, serviceRef));
        case 4, 5 -> completeWrite(more);
        case 6 -> store.keySet().stream().skip(more % 4).findFirst().ifPresent(this::deliver);
        default -> throw new AssertionError(kind);
      }
    }

    private List<IpAddress> addressesOf(ServiceRef serviceRef) {
      return allocator.addressesOf(serviceRef.uid());
    }

    private void claim(AddressClaim claim) {
      switch (TestAllocator.allocate(allocator, claim, AddressRequest.any(IpFamily.IPv4))) {
        case AllocationResult.Assigned(var address, var _) ->
            pendingWrites.add(
                new Write(address, List.of(claim.withoutTakenPorts(address, List.of())), 0));
        case AllocationResult.Shareable(var address, var _) -> {
          Stored live = store.get(address);
          if (live != null && claim.rejectionBeside(address, live.claims()).isEmpty()) {
            addClaim(address, live, claim);
          }
        }
        case AllocationResult.Rejected _ -> {}
      }
    }

    private void updateClaim(IpAddress address, AddressClaim claim) {
      Stored live = store.get(address);
      if (live != null && has(live, claim.serviceRef())) {
        addClaim(address, live, claim.withEffectiveKey(live.claims()));
      }
    }

    private void addClaim(IpAddress address, Stored live, AddressClaim claim) {
      List<AddressClaim> next = without(live, claim.serviceRef());
      next.add(claim.withoutTakenPorts(address, live.claims()));
      pendingWrites.add(new Write(address, next, live.version()));
    }

    private void removeClaim(IpAddress address, ServiceRef serviceRef) {
      Stored live = store.get(address);
      if (live == null) {
        allocator.observeAbsence(address, serviceRef.uid(), allocator.versionOf(address));
      } else if (has(live, serviceRef)) {
        pendingWrites.add(new Write(address, without(live, serviceRef), live.version()));
      } else {
        deliver(address);
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

    /** Completes one of the pending writes, in any order. */
    private void completeWrite(int pick) {
      if (pendingWrites.isEmpty()) {
        return;
      }
      Write write = pendingWrites.remove(pick % pendingWrites.size());
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
        deliver(write.address());
      }
    }

    private void deliver(IpAddress address) {
      Stored stored = store.get(address);
      TestAllocator.observe(
          allocator, address, stored.claims(), stored.version(), stored.version());
    }

    void deliverAll() {
      store.keySet().forEach(this::deliver);
    }

    void checkClaims() {
      for (Map.Entry<IpAddress, Stored> entry : store.entrySet()) {
        List<AddressClaim> claims = entry.getValue().claims();
        Set<ProtocolPort> seen = new HashSet<>();
        for (AddressClaim claim : claims) {
          assertThat(claim.sharingKey() == null && claims.size() > 1)
              .as("%s has all ports of %s, but is not alone", claim, entry)
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
