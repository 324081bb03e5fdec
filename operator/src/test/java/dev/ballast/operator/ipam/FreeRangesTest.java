package dev.ballast.operator.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class FreeRangesTest {

  private static final List<AddressRange> POOL =
      TestRanges.of("192.0.2.0/30", "192.0.2.4/31", "192.0.2.9", "2001:db8::/126");

  @Property
  void it_does_what_a_list_of_all_addresses_would(
      @ForAll @Size(max = 60) List<@IntRange(max = 39) Integer> moves) {
    // Given
    FreeRanges free = new FreeRanges(POOL);
    Naive naive = new Naive(POOL);

    for (int move : moves) {
      // When
      IpFamily family = move % 2 == 0 ? IpFamily.IPv4 : IpFamily.IPv6;
      Optional<IpAddress> next = free.next(family);
      assertThat(next).isEqualTo(naive.next(family));
      if (move < 20) {
        next.ifPresent(free::take);
        next.ifPresent(naive::take);
      } else {
        IpAddress address = naive.all.get((move - 20) % naive.all.size());
        free.giveBack(address);
        naive.free.add(address);
      }

      // Then
      assertThat(free.free().stream().flatMap(TestRanges::addresses))
          .containsExactlyElementsOf(naive.free);
    }
    naive.all.forEach(free::giveBack);
    assertThat(free.free()).as("neighbours given back are one range again").isEqualTo(POOL);
  }

  @Example
  void an_address_given_back_rests_until_all_others_had_their_turn() {
    // Given
    FreeRanges free = new FreeRanges(TestRanges.of("192.0.2.0/29"));
    IpAddress given = free.next(IpFamily.IPv4).orElseThrow();
    free.take(given);

    // When
    free.giveBack(given);

    // Then
    List<IpAddress> turns = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      IpAddress next = free.next(IpFamily.IPv4).orElseThrow();
      free.take(next);
      turns.add(next);
    }
    assertThat(turns).doesNotHaveDuplicates().last().isEqualTo(given);
  }

  @Example
  void the_turns_of_one_family_are_not_disturbed_by_the_other() {
    // Given
    FreeRanges free = new FreeRanges(TestRanges.of("192.0.2.0/30", "2001:db8::/126"));
    IpAddress v4 = free.next(IpFamily.IPv4).orElseThrow();
    free.take(v4);
    free.giveBack(v4);

    // When
    free.take(free.next(IpFamily.IPv6).orElseThrow());

    // Then
    assertThat(free.next(IpFamily.IPv4).orElseThrow()).isNotEqualTo(v4);
  }

  @Example
  void what_is_not_of_the_pool_changes_nothing() {
    // Given
    FreeRanges free = new FreeRanges(POOL);
    IpAddress foreign = IpAddress.parse("192.0.2.8").orElseThrow();

    // When
    free.take(foreign);
    free.giveBack(foreign);

    // Then
    assertThat(free.free()).isEqualTo(POOL);
  }

  /** All addresses one by one. */
  private static final class Naive {

    final List<IpAddress> all = POOL.stream().flatMap(TestRanges::addresses).toList();
    final TreeSet<IpAddress> free = new TreeSet<>();
    private final Map<IpFamily, IpAddress> last = new HashMap<>();

    Naive(List<AddressRange> pool) {
      pool.stream().flatMap(TestRanges::addresses).forEach(free::add);
    }

    Optional<IpAddress> next(IpFamily family) {
      List<IpAddress> ours = free.stream().filter(ip -> ip.family() == family).toList();
      return ours.stream()
          .filter(ip -> last.containsKey(family) && ip.compareTo(last.get(family)) > 0)
          .findFirst()
          .or(() -> ours.stream().findFirst());
    }

    void take(IpAddress address) {
      free.remove(address);
      last.put(address.family(), address);
    }
  }
}
