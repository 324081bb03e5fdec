package dev.ballast.operator.ipam.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class FreeRangesTest {

  private static final List<AddressRange> POOL =
      TestRanges.of("192.0.2.0/30", "192.0.2.4/31", "192.0.2.9", "2001:db8::/126");

  /** Buggy addresses are at the ends and in the middle, and one range has no other addresses. */
  private static final List<AddressRange> BUGGY =
      TestRanges.of(
          "192.0.1.252-192.0.2.3", "192.0.3.255-192.0.4.0", "192.0.6.0", "2001:db8::/126");

  @Property
  void free_ranges_behave_like_a_list_of_all_addresses(
      @ForAll @Size(max = 60) List<@IntRange(max = 99) Integer> moves, @ForAll boolean avoids) {
    // Given
    List<AddressRange> pool = avoids ? BUGGY : POOL;
    FreeRanges free = new FreeRanges(pool, avoids);
    Naive naive = new Naive(pool, avoids);

    for (int move : moves) {
      IpAddress address = naive.listed.get(move % naive.listed.size());
      Optional<IpAddress> next = free.firstFreeFrom(address);
      assertThat(next).isEqualTo(naive.from(address));

      // When
      if (move % 2 == 0) {
        next.ifPresent(free::take);
        next.ifPresent(naive.free::remove);
      } else {
        free.release(address);
        naive.release(address);
      }

      // Then
      assertThat(
              free.free().stream()
                  .flatMap(TestRanges::addresses)
                  .filter(ip -> !avoids || !ip.isBuggy()))
          .containsExactlyElementsOf(naive.free);
      for (IpFamily family : IpFamily.values()) {
        assertThat(free.capacity(family)).isEqualTo(naive.count(naive.all, family));
        assertThat(free.capacity(family) - free.taken(family))
            .isEqualTo(naive.count(naive.free, family));
      }
    }
    naive.all.forEach(free::release);
    assertThat(free.free())
        .as("released neighbors form one range again")
        .isEqualTo(new FreeRanges(pool, avoids).free());
  }

  @Example
  void an_address_outside_of_the_ranges_changes_nothing() {
    // Given
    FreeRanges free = new FreeRanges(POOL, false);
    IpAddress foreign = IpAddress.parse("192.0.2.8").orElseThrow();

    // When
    free.take(foreign);
    free.release(foreign);

    // Then
    assertThat(free.free()).isEqualTo(POOL);
  }

  /** A model that lists all addresses one by one. */
  private static final class Naive {

    final List<IpAddress> listed;
    final TreeSet<IpAddress> all = new TreeSet<>();
    final TreeSet<IpAddress> free;

    Naive(List<AddressRange> pool, boolean avoids) {
      listed = pool.stream().flatMap(TestRanges::addresses).toList();
      listed.stream().filter(ip -> !avoids || !ip.isBuggy()).forEach(all::add);
      free = new TreeSet<>(all);
    }

    Optional<IpAddress> from(IpAddress start) {
      List<IpAddress> ours = free.stream().filter(ip -> ip.family() == start.family()).toList();
      return ours.stream()
          .filter(ip -> ip.compareTo(start) >= 0)
          .findFirst()
          .or(() -> ours.stream().findFirst());
    }

    void release(IpAddress address) {
      if (all.contains(address)) {
        free.add(address);
      }
    }

    long count(Set<IpAddress> addresses, IpFamily family) {
      return addresses.stream().filter(ip -> ip.family() == family).count();
    }
  }
}
