package dev.ballast.operator.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.ClusterAddresses;
import dev.ballast.operator.ipam.pool.LabelMatcher;
import dev.ballast.operator.ipam.pool.PoolPolicy;
import dev.ballast.operator.ipam.pool.PoolRanges;
import dev.ballast.operator.ipam.pool.PoolUsage;
import dev.ballast.operator.ipam.pool.ServiceRef;
import dev.ballast.operator.ipam.pool.TestRanges;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import org.junit.jupiter.api.Tag;

/**
 * Runs random edits of overlapping pools, and compares the allocator with a model that lists all
 * addresses one by one. Allocated addresses must not change.
 */
@Tag("feature:address")
class PoolTableModelTest {

  private static final List<List<AddressRange>> RANGES =
      List.of(
          TestRanges.of("192.0.1.254-192.0.2.3", "2001:db8::/126"),
          TestRanges.of("192.0.2.2-192.0.2.9"),
          TestRanges.of("192.0.2.0", "192.0.2.5-192.0.2.6"));

  @Provide
  Arbitrary<List<Integer>> moves() {
    return Arbitraries.integers()
        .between(0, 999_999)
        .withDistribution(RandomDistribution.uniform())
        .withoutEdgeCases()
        .list()
        .ofMinSize(20)
        .ofMaxSize(80);
  }

  @Property(tries = 2000)
  void an_address_comes_from_the_first_eligible_pool_and_no_edit_releases_it(
      @ForAll("moves") List<Integer> moves) {
    // Given
    PoolModel model = new PoolModel();

    // When
    for (int move : moves) {
      model.move(move % 6, move / 6);

      // Then
      model.check();
    }
  }

  private record ModelPool(PoolRanges poolRanges, PoolPolicy policy) {}

  private static final class PoolModel {

    private final Ipam ipam = new Ipam();
    private final Allocator allocator = ipam.allocator();
    private final Map<String, ModelPool> pools = new TreeMap<>();
    private final Map<ServiceRef, IpAddress> held = new HashMap<>();
    private Set<IpAddress> nodes = Set.of();
    private long version = 100;

    void move(int kind, int pick) {
      ServiceRef serviceRef =
          new ServiceRef(pick % 2 == 0 ? "one" : "two", "s" + pick % 7, "uid-" + pick % 14);
      switch (kind) {
        case 0, 1, 2 -> allocate(serviceRef, pick);
        case 3 -> {
          IpAddress released = held.remove(serviceRef);
          if (released != null) {
            allocator.observeAbsence(released, serviceRef.uid(), allocator.versionOf(released));
          }
        }
        case 4 -> edit("p" + pick % 3, pick / 3);
        case 5 -> {
          nodes = pick % 2 == 0 ? Set.of() : Set.of(address("192.0.2.5"), address("2001:db8::1"));
          ipam.pools()
              .setClusterAddresses(
                  new ClusterAddresses(
                      nodes.stream().collect(Collectors.toMap(ip -> ip, ip -> "n1")), List.of()));
        }
        default -> throw new AssertionError(kind);
      }
    }

    private void edit(String name, int pick) {
      if (pick % 7 == 0) {
        pools.remove(name);
        ipam.pools().remove(name);
        return;
      }
      ModelPool pool =
          new ModelPool(
              new PoolRanges(
                  RANGES.get(pick % RANGES.size()),
                  pick % 2 == 0 ? List.of() : TestRanges.of("192.0.2.3-192.0.2.4"),
                  pick % 5 < 2),
              new PoolPolicy(
                  pick % 11 > 1,
                  pick % 13 == 0,
                  pick % 17 == 0,
                  pick % 3,
                  LabelMatcher.ALL,
                  LabelMatcher.ALL,
                  pick % 4 == 0 ? 2 : null,
                  false));
      pools.put(name, pool);
      ipam.pools().put(name, pool.poolRanges(), pool.policy());
    }

    private void allocate(ServiceRef serviceRef, int pick) {
      if (held.containsKey(serviceRef)) {
        return;
      }
      AddressRequest request =
          new AddressRequest(
              pick % 5 == 0 ? IpFamily.IPv6 : IpFamily.IPv4,
              null,
              pick % 3 == 0 && pools.containsKey("p1") ? "p1" : null);
      boolean requested = request.pool() != null;
      AllocationResult result =
          TestAllocator.allocate(allocator, AddressClaim.whole(serviceRef), request);
      List<String> eligible =
          byPriority().stream()
              .filter(name -> request.pool() == null || request.pool().equals(name))
              .filter(name -> allows(name, serviceRef, requested))
              .filter(name -> free(name).stream().anyMatch(ip -> ip.family() == request.family()))
              .toList();
      if (result instanceof AllocationResult.Assigned(var address, var pool)) {
        assertThat(eligible).first().isEqualTo(pool);
        assertThat(free(pool)).contains(address);
        held.put(serviceRef, address);
        allocator.observe(
            address,
            new Allocation(List.of(AddressClaim.whole(serviceRef)), pool, null, version++, 0));
      } else {
        assertThat(eligible).as("%s", result).isEmpty();
      }
    }

    private boolean allows(String name, ServiceRef serviceRef, boolean requested) {
      PoolPolicy policy = pools.get(name).policy();
      Integer quota = policy.namespaceQuota();
      long heldByNamespace =
          held.entrySet().stream()
              .filter(entry -> entry.getKey().namespace().equals(serviceRef.namespace()))
              .filter(entry -> addresses(name).contains(entry.getValue()))
              .count();
      return !policy.disabled()
          && !policy.deleting()
          && (requested || policy.autoAssign())
          && (quota == null || heldByNamespace < quota);
    }

    private List<String> byPriority() {
      return pools.entrySet().stream()
          .sorted(
              Comparator.comparing(
                      (Map.Entry<String, ModelPool> pool) -> pool.getValue().policy().deleting())
                  .thenComparing(pool -> -pool.getValue().policy().priority())
                  .thenComparing(Map.Entry::getKey))
          .map(Map.Entry::getKey)
          .toList();
    }

    /** The addresses of the pool, without those of pools with precedence. */
    private Set<IpAddress> addresses(String name) {
      Set<IpAddress> before = new TreeSet<>(nodes);
      for (String other : byPriority()) {
        Set<IpAddress> included = included(pools.get(other).poolRanges());
        if (other.equals(name)) {
          included.removeAll(before);
          included.removeIf(ip -> pools.get(name).poolRanges().avoidsBuggy() && ip.isBuggy());
          return included;
        }
        before.addAll(included);
      }
      throw new AssertionError(name);
    }

    private static Set<IpAddress> included(PoolRanges poolRanges) {
      Set<IpAddress> all = new TreeSet<>();
      poolRanges.ranges().stream().flatMap(TestRanges::addresses).forEach(all::add);
      poolRanges.excluded().stream().flatMap(TestRanges::addresses).toList().forEach(all::remove);
      return all;
    }

    private Set<IpAddress> free(String name) {
      Set<IpAddress> free = addresses(name);
      free.removeAll(held.values());
      return free;
    }

    void check() {
      for (String name : pools.keySet()) {
        Set<IpAddress> all = addresses(name);
        assertThat(ipam.statistics().usage(name))
            .as(name)
            .isEqualTo(new PoolUsage(all.size(), all.size() - free(name).size()));
      }
      held.forEach(
          (serviceRef, address) -> {
            assertThat(allocator.addressesOf(serviceRef.uid())).contains(address);
            assertThat(
                    TestAllocator.satisfies(
                        allocator,
                        AddressClaim.whole(serviceRef),
                        address,
                        AddressRequest.any(address.family())))
                .isTrue();
            Optional<String> lastingPool =
                pools.keySet().stream()
                    .filter(name -> !pools.get(name).policy().deleting())
                    .filter(name -> addresses(name).contains(address))
                    .findFirst();
            assertThat(ipam.orphans().reason(address).isPresent()).isEqualTo(lastingPool.isEmpty());
          });
    }

    private static IpAddress address(String text) {
      return IpAddress.parse(text).orElseThrow();
    }
  }

  @Property(tries = 300)
  void subtracted_ranges_contain_the_other_addresses(@ForAll("moves") List<Integer> ends) {
    // Given
    List<AddressRange> from = RANGES.getFirst();
    List<AddressRange> removed = new ArrayList<>();
    IpAddress base = from.getFirst().first();
    IntStream.range(0, Math.min(6, ends.size() / 2))
        .forEach(
            i -> {
              IpAddress first = base.plus(ends.get(2 * i) % 7);
              removed.add(new AddressRange(first, first.plus(ends.get(2 * i + 1) % 3)));
            });

    // When
    List<AddressRange> left = AddressRange.subtract(from, removed);

    // Then
    assertThat(left.stream().flatMap(TestRanges::addresses))
        .containsExactlyElementsOf(
            from.stream()
                .flatMap(TestRanges::addresses)
                .filter(ip -> !AddressRange.anyContains(removed, ip))
                .toList());
  }
}
