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
 * The ledger beside a store that it learns of late, as the watch tells, while claims of its own and
 * of another leader go on and pools are edited.
 */
class AllocatorModelTest {

  private static final List<ServiceRef> CLAIMANTS =
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
  void whatever_happens_when_the_watch_has_caught_up_ledger_and_store_agree(
      @ForAll("moves") List<Integer> moves) {
    // Given
    World world = new World();
    TestAllocator.putPool(world.ipam, "a", POOLS.get(0));
    TestAllocator.putPool(world.ipam, "b", POOLS.get(1));

    // When
    for (int move : moves) {
      world.move(move % 10, move / 10);
      world.checkEveryAddressHasOneHolder();
      world.checkNoClaimOfOursIsForgotten();
    }
    world.finishAll();

    // Then
    Map<String, Set<IpAddress>> stored =
        world.store.entrySet().stream()
            .collect(
                Collectors.groupingBy(
                    entry -> entry.getValue().serviceRef().uid(),
                    Collectors.mapping(Map.Entry::getKey, Collectors.toSet())));
    for (ServiceRef serviceRef : CLAIMANTS) {
      assertThat(Set.copyOf(world.allocator.addressesOf(serviceRef.uid())))
          .as("held by %s", serviceRef.name())
          .isEqualTo(stored.getOrDefault(serviceRef.uid(), Set.of()));
    }
    assertThat(world.ipam.statistics().allocatedCount()).isEqualTo(world.store.size());
    world.checkEveryAddressIsEitherHeldOrFree();
  }

  private record Stored(ServiceRef serviceRef, long version) {}

  private record News(IpAddress address, ServiceRef serviceRef, long version, boolean added) {}

  private static final class World {

    final Ipam ipam = new Ipam();
    final Allocator allocator = ipam.allocator();
    final TreeMap<IpAddress, Stored> store = new TreeMap<>();
    private final Map<IpAddress, Stored> acknowledged = new HashMap<>();
    private final List<AllocationResult.Assigned> chosen = new ArrayList<>();
    private final List<ServiceRef> choosers = new ArrayList<>();
    private final Queue<News> watch = new ArrayDeque<>();
    private final List<News> delivered = new ArrayList<>();
    private Map<String, List<AddressRange>> pools = Map.of("a", POOLS.get(0), "b", POOLS.get(1));
    private long version = 100;

    void move(int kind, int pick) {
      ServiceRef serviceRef = CLAIMANTS.get(pick % CLAIMANTS.size());
      switch (kind) {
        case 0, 1 -> choose(serviceRef, wish(pick));
        case 2, 3 -> finish(pick, true);
        case 4 -> finish(pick, false);
        case 5 -> otherLeaderClaims(serviceRef, pick);
        case 6 -> release(serviceRef);
        case 7 -> deliver(pick);
        case 8 -> store.keySet().stream().skip(pick % 8).findFirst().ifPresent(this::deleteByHand);
        case 9 -> editPools(pick);
        default -> throw new AssertionError(kind);
      }
    }

    private AddressRequest wish(int pick) {
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

    private void choose(ServiceRef serviceRef, AddressRequest request) {
      Set<IpAddress> held = held();
      // One Service is never reconciled twice at once.
      if (!choosers.contains(serviceRef)
          && TestAllocator.allocate(allocator, AddressClaim.whole(serviceRef), request)
              instanceof AllocationResult.Assigned assigned) {
        assertThat(
                TestAllocator.satisfies(
                    allocator, AddressClaim.whole(serviceRef), assigned.address(), request))
            .as("%s for %s", assigned, request)
            .isTrue();
        assertThat(held).doesNotContain(assigned.address());
        chosen.add(assigned);
        choosers.add(serviceRef);
      }
    }

    /** The create call comes back: done, refused, or with its answer lost. */
    private void finish(int pick, boolean answered) {
      if (chosen.isEmpty()) {
        return;
      }
      int which = pick % chosen.size();
      IpAddress address = chosen.remove(which).address();
      ServiceRef serviceRef = choosers.remove(which);
      boolean made = put(address, serviceRef);
      if (made && answered) {
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
        // The watch may be faster than the answer.
        settle();
      }
      allocator.cancel(address, serviceRef.uid());
      if (!made) {
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
      watch.add(new News(address, serviceRef, version, true));
      return true;
    }

    private void release(ServiceRef serviceRef) {
      if (choosers.contains(serviceRef)) {
        return;
      }
      for (IpAddress address : allocator.addressesOf(serviceRef.uid())) {
        Stored live = store.get(address);
        if (live == null) {
          allocator.observeAbsence(address, serviceRef.uid(), allocator.versionOf(address));
        } else if (live.serviceRef().equals(serviceRef)) {
          deleteByHand(address);
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

    private void deleteByHand(IpAddress address) {
      watch.add(new News(address, store.remove(address).serviceRef(), ++version, false));
    }

    private void deliver(int pick) {
      News news = watch.poll();
      if (news != null) {
        tell(news);
      } else if (!delivered.isEmpty()) {
        // An old state once more, as after a relist from a cache that is behind.
        tell(delivered.get(pick % delivered.size()));
      }
    }

    /** The operator is asked to let go of all that is under way, and the watch catches up. */
    void finishAll() {
      for (int i = 0; i < chosen.size(); i++) {
        allocator.cancel(chosen.get(i).address(), choosers.get(i).uid());
      }
      settle();
    }

    private void settle() {
      while (!watch.isEmpty()) {
        tell(watch.remove());
      }
    }

    private void tell(News news) {
      delivered.add(news);
      if (news.added()) {
        TestAllocator.observe(
            allocator,
            news.address(),
            List.of(AddressClaim.whole(news.serviceRef())),
            news.version(),
            news.version());
      } else {
        allocator.observeDeletion(news.address(), news.version());
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
          CLAIMANTS.stream()
              .flatMap(serviceRef -> allocator.addressesOf(serviceRef.uid()).stream())
              .toList();
      assertThat(held).doesNotHaveDuplicates().hasSize(ipam.statistics().allocatedCount());
    }

    void checkNoClaimOfOursIsForgotten() {
      acknowledged.forEach(
          (address, claim) -> {
            if (claim.equals(store.get(address))) {
              assertThat(allocator.addressesOf(claim.serviceRef().uid())).contains(address);
            }
          });
    }

    private Set<IpAddress> held() {
      return CLAIMANTS.stream()
          .flatMap(serviceRef -> allocator.addressesOf(serviceRef.uid()).stream())
          .collect(Collectors.toSet());
    }

    /** Gives away all that is left: each address once, and none that is held. */
    void checkEveryAddressIsEitherHeldOrFree() {
      Set<IpAddress> seen = new HashSet<>(store.keySet());
      for (IpFamily family : IpFamily.values()) {
        while (TestAllocator.allocate(
                allocator, AddressClaim.whole(CLAIMANTS.get(0)), AddressRequest.any(family))
            instanceof AllocationResult.Assigned assigned) {
          assertThat(seen.add(assigned.address())).as("%s given twice", assigned).isTrue();
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
