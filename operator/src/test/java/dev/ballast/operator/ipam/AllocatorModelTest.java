package dev.ballast.operator.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.ServiceRef;
import dev.ballast.operator.ipam.pool.TestRanges;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;

/**
 * Runs random operations on an {@link Allocator} and on a store of Addresses. The allocator learns
 * of the store by late watch events. Meanwhile, another leader claims addresses and pools are
 * edited.
 */
class AllocatorModelTest {

  private static final List<ServiceRef> SERVICES =
      IntStream.range(0, 4).mapToObj(i -> new ServiceRef("default", "s" + i, "uid-" + i)).toList();

  private static final List<List<AddressRange>> POOLS =
      List.of(
          TestRanges.of("192.0.2.0/30", "2001:db8::/127"),
          TestRanges.of("192.0.2.2-192.0.2.7"),
          TestRanges.of("192.0.2.0-192.0.2.1", "192.0.2.4-192.0.2.5", "2001:db8::/126"));

  @Provide
  Arbitrary<List<Integer>> moves() {
    return Arbitraries.integers()
        .between(0, 9_999)
        .withDistribution(RandomDistribution.uniform())
        .withoutEdgeCases()
        .list()
        .ofMinSize(20)
        .ofMaxSize(100);
  }

  @Property(tries = 2000)
  void allocator_and_store_agree_once_the_watch_has_caught_up(
      @ForAll("moves") List<Integer> moves) {
    // Given
    AllocatorSimulation simulation = new AllocatorSimulation();
    TestAllocator.putPool(simulation.ipam, "a", POOLS.get(0));
    TestAllocator.putPool(simulation.ipam, "b", POOLS.get(1));

    // When
    for (int move : moves) {
      simulation.move(move % 10, move / 10);
      simulation.checkEveryAddressHasOneHolder();
      simulation.checkAcknowledgedClaimsAreKnown();
    }
    simulation.cancelAndCatchUp();

    // Then
    Map<String, Set<IpAddress>> stored =
        simulation.store.entrySet().stream()
            .collect(
                Collectors.groupingBy(
                    entry -> entry.getValue().serviceRef().uid(),
                    Collectors.mapping(Map.Entry::getKey, Collectors.toSet())));
    for (ServiceRef serviceRef : SERVICES) {
      assertThat(Set.copyOf(simulation.allocator.addressesOf(serviceRef.uid())))
          .as("held by %s", serviceRef.name())
          .isEqualTo(stored.getOrDefault(serviceRef.uid(), Set.of()));
    }
    assertThat(simulation.ipam.statistics().allocatedCount()).isEqualTo(simulation.store.size());
    simulation.checkEveryAddressIsEitherHeldOrFree();
  }

  private record Stored(ServiceRef serviceRef, long version) {}

  private record StoreEvent(
      IpAddress address, ServiceRef serviceRef, long version, boolean added) {}

  private static final class AllocatorSimulation {

    final Ipam ipam = new Ipam();
    final Allocator allocator = ipam.allocator();
    final TreeMap<IpAddress, Stored> store = new TreeMap<>();
    private final Map<IpAddress, Stored> acknowledged = new HashMap<>();
    private final List<AllocationResult.Assigned> tentative = new ArrayList<>();
    private final List<ServiceRef> tentativeHolders = new ArrayList<>();
    private final Queue<StoreEvent> undelivered = new ArrayDeque<>();
    private final List<StoreEvent> delivered = new ArrayList<>();
    private Map<String, List<AddressRange>> pools = Map.of("a", POOLS.get(0), "b", POOLS.get(1));
    private long version = 100;

    void move(int kind, int pick) {
      ServiceRef serviceRef = SERVICES.get(pick % SERVICES.size());
      switch (kind) {
        case 0, 1 -> allocate(serviceRef, request(pick));
        case 2, 3 -> completeCreate(pick, true);
        case 4 -> completeCreate(pick, false);
        case 5 -> otherLeaderClaims(serviceRef, pick);
        case 6 -> release(serviceRef);
        case 7 -> deliverNext(pick);
        case 8 -> store.keySet().stream().skip(pick % 8).findFirst().ifPresent(this::delete);
        case 9 -> editPools(pick);
        default -> throw new AssertionError(kind);
      }
    }

    private AddressRequest request(int pick) {
      IpFamily family = pick % 3 == 0 ? IpFamily.IPv6 : IpFamily.IPv4;
      if (pick % 4 == 0) {
        IpAddress some = anyAddress(pick);
        return new AddressRequest(some.family(), some, pick % 8 == 0 ? "a" : null);
      }
      return new AddressRequest(family, null, pick % 5 == 0 ? "b" : null);
    }

    private IpAddress anyAddress(int pick) {
      List<IpAddress> all =
          pools.values().stream()
              .flatMap(List::stream)
              .flatMap(TestRanges::addresses)
              .distinct()
              .toList();
      return all.get(pick % all.size());
    }

    private void allocate(ServiceRef serviceRef, AddressRequest request) {
      Set<IpAddress> held = held();
      // A Service is never reconciled twice at the same time.
      if (!tentativeHolders.contains(serviceRef)
          && TestAllocator.allocate(allocator, AddressClaim.whole(serviceRef), request)
              instanceof AllocationResult.Assigned assigned) {
        assertThat(
                TestAllocator.satisfies(
                    allocator, AddressClaim.whole(serviceRef), assigned.address(), request))
            .as("%s for %s", assigned, request)
            .isTrue();
        assertThat(held).doesNotContain(assigned.address());
        tentative.add(assigned);
        tentativeHolders.add(serviceRef);
      }
    }

    /** A create call ends: it succeeds, conflicts, or its response is lost. */
    private void completeCreate(int pick, boolean answered) {
      if (tentative.isEmpty()) {
        return;
      }
      int index = pick % tentative.size();
      IpAddress address = tentative.remove(index).address();
      ServiceRef serviceRef = tentativeHolders.remove(index);
      boolean created = put(address, serviceRef);
      if (created && answered) {
        acknowledged.put(address, store.get(address));
        TestAllocator.observe(
            allocator,
            address,
            List.of(AddressClaim.whole(serviceRef)),
            store.get(address).version(),
            version);
        return;
      }
      if (pick % 2 == 0) {
        // The watch event may arrive before the response.
        deliverAll();
      }
      allocator.cancel(address, serviceRef.uid());
      if (!created) {
        Stored live = store.get(address);
        TestAllocator.observe(
            allocator,
            address,
            List.of(AddressClaim.whole(live.serviceRef())),
            live.version(),
            live.version());
      }
    }

    private void otherLeaderClaims(ServiceRef serviceRef, int pick) {
      put(anyAddress(pick), serviceRef);
    }

    private boolean put(IpAddress address, ServiceRef serviceRef) {
      if (store.containsKey(address)) {
        return false;
      }
      store.put(address, new Stored(serviceRef, ++version));
      undelivered.add(new StoreEvent(address, serviceRef, version, true));
      return true;
    }

    private void release(ServiceRef serviceRef) {
      if (tentativeHolders.contains(serviceRef)) {
        return;
      }
      for (IpAddress address : allocator.addressesOf(serviceRef.uid())) {
        Stored live = store.get(address);
        if (live == null) {
          allocator.observeAbsence(address, serviceRef.uid(), allocator.versionOf(address));
        } else if (live.serviceRef().equals(serviceRef)) {
          delete(address);
          allocator.observeDeletion(address, live.version() + 1);
        } else {
          TestAllocator.observe(
              allocator,
              address,
              List.of(AddressClaim.whole(live.serviceRef())),
              live.version(),
              live.version());
        }
      }
    }

    private void delete(IpAddress address) {
      undelivered.add(
          new StoreEvent(address, store.remove(address).serviceRef(), ++version, false));
    }

    private void deliverNext(int pick) {
      StoreEvent event = undelivered.poll();
      if (event != null) {
        deliver(event);
      } else if (!delivered.isEmpty()) {
        // An old event again, as after a list from a stale cache.
        deliver(delivered.get(pick % delivered.size()));
      }
    }

    /** Cancels all tentative allocations and delivers all watch events. */
    void cancelAndCatchUp() {
      for (int i = 0; i < tentative.size(); i++) {
        allocator.cancel(tentative.get(i).address(), tentativeHolders.get(i).uid());
      }
      deliverAll();
    }

    private void deliverAll() {
      while (!undelivered.isEmpty()) {
        deliver(undelivered.remove());
      }
    }

    private void deliver(StoreEvent event) {
      delivered.add(event);
      if (event.added()) {
        TestAllocator.observe(
            allocator,
            event.address(),
            List.of(AddressClaim.whole(event.serviceRef())),
            event.version(),
            event.version());
      } else {
        allocator.observeDeletion(event.address(), event.version());
      }
    }

    private void editPools(int pick) {
      String name = pick % 2 == 0 ? "a" : "b";
      List<AddressRange> ranges = POOLS.get(pick % POOLS.size());
      Map<String, List<AddressRange>> edited = new TreeMap<>(pools);
      edited.put(name, ranges);
      pools = edited;
      if (pick % 5 == 0) {
        ipam.pools().remove(name);
      }
      TestAllocator.putPool(ipam, name, ranges);
    }

    void checkEveryAddressHasOneHolder() {
      List<IpAddress> held =
          SERVICES.stream()
              .flatMap(serviceRef -> allocator.addressesOf(serviceRef.uid()).stream())
              .toList();
      assertThat(held).doesNotHaveDuplicates().hasSize(ipam.statistics().allocatedCount());
    }

    void checkAcknowledgedClaimsAreKnown() {
      acknowledged.forEach(
          (address, claim) -> {
            if (claim.equals(store.get(address))) {
              assertThat(allocator.addressesOf(claim.serviceRef().uid())).contains(address);
            }
          });
    }

    private Set<IpAddress> held() {
      return SERVICES.stream()
          .flatMap(serviceRef -> allocator.addressesOf(serviceRef.uid()).stream())
          .collect(Collectors.toSet());
    }

    /** Allocates all free addresses: each one once, and none that is held. */
    void checkEveryAddressIsEitherHeldOrFree() {
      Set<IpAddress> seen = new HashSet<>(store.keySet());
      for (IpFamily family : IpFamily.values()) {
        while (TestAllocator.allocate(
                allocator, AddressClaim.whole(SERVICES.get(0)), AddressRequest.any(family))
            instanceof AllocationResult.Assigned assigned) {
          assertThat(seen.add(assigned.address())).as("%s allocated twice", assigned).isTrue();
        }
      }
      pools.forEach(
          (name, ranges) -> {
            assertThat(seen)
                .as("pool %s", name)
                .containsAll(ranges.stream().flatMap(TestRanges::addresses).toList());
            assertThat(ipam.statistics().usage(name).available()).isZero();
          });
    }
  }
}
