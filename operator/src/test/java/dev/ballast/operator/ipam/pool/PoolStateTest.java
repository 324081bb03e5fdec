package dev.ballast.operator.ipam.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PoolStateTest {

  private static final IpAddress PREFERRED = IpAddress.parse("192.0.2.3").orElseThrow();

  @Test
  void a_released_address_is_allocated_again_after_all_others() {
    // Given
    PoolState state = new PoolState(TestRanges.of("192.0.2.0/29"), false);
    IpAddress released = allocate(state, "shop/web");

    // When
    state.release(released, "shop/web");

    // Then
    List<IpAddress> others = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      others.add(allocate(state, "shop/other-" + i));
    }
    assertThat(others).doesNotHaveDuplicates().last().isEqualTo(released);
  }

  @Test
  void the_last_holder_gets_a_released_address_again_at_once() {
    // Given
    PoolState state = new PoolState(TestRanges.of("192.0.2.0/29"), false);
    allocate(state, "shop/first");
    IpAddress second = allocate(state, "shop/second");
    state.release(second, "shop/second");

    // When
    IpAddress again = allocate(state, "shop/second");

    // Then
    assertThat(again).isEqualTo(second).isNotEqualTo(PREFERRED);
  }

  @Test
  void a_recently_released_address_stays_so_in_an_edited_pool() {
    // Given
    PoolState before = new PoolState(TestRanges.of("192.0.2.0/29"), false);
    IpAddress released = allocate(before, "shop/web");
    before.release(released, "shop/web");

    // When
    PoolState after = new PoolState(TestRanges.of("192.0.2.0/28"), false);
    after.copyRecentlyReleased(before);

    // Then
    assertThat(allocate(after, "shop/other")).isNotEqualTo(released);
    assertThat(allocate(after, "shop/web")).isEqualTo(released);
    assertThat(after.usage(IpFamily.IPv4)).isEqualTo(new PoolUsage(16, 2));
  }

  @ParameterizedTest
  @ValueSource(strings = {"198.18.0.0/16", "10.0.0.0/8", "0.0.0.0/0", "2001:db8::/64", "::/0"})
  void the_cost_of_an_allocation_grows_with_the_allocations_and_not_with_the_pool(String range) {
    // Given
    List<AddressRange> pool = TestRanges.of(range);
    PoolState state = new PoolState(pool, true);
    IpFamily family = pool.getFirst().first().family();
    assertThat(state.freeRangeCount()).isEqualTo(1);

    // When
    for (int i = 0; i < 3000; i++) {
      IpAddress preferred = pool.getFirst().first().plus(i * 7919L);
      state.markAllocated(state.nextAddress("shop/web-" + i, preferred).orElseThrow(), "shop");
    }

    // Then
    assertThat(state.usage(family).allocated()).isEqualTo(3000);
    assertThat(state.freeRangeCount()).isLessThanOrEqualTo(3001);
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8,    16646144",
    "192.0.2.0/24,  254",
    "192.0.2.0,     0",
    "0.0.0.0/0,     4261412864",
    "192.0.2.255-192.0.3.1, 1",
  })
  void buggy_addresses_do_not_count_as_capacity(String range, long capacity) {
    assertThat(new PoolState(TestRanges.of(range), true).usage(IpFamily.IPv4))
        .isEqualTo(new PoolUsage(capacity, 0));
  }

  private static IpAddress allocate(PoolState state, String holder) {
    IpAddress next = state.nextAddress(holder, PREFERRED).orElseThrow();
    state.markAllocated(next, "shop");
    return next;
  }
}
