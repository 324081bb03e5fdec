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

  private static final IpAddress HOME = IpAddress.parse("192.0.2.3").orElseThrow();

  @Test
  void an_address_given_back_rests_until_all_others_had_their_turn() {
    // Given
    PoolState state = new PoolState(TestRanges.of("192.0.2.0/29"), false);
    IpAddress given = take(state, "shop/web");

    // When
    state.release(given, "shop/web");

    // Then
    List<IpAddress> turns = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      turns.add(take(state, "shop/other-" + i));
    }
    assertThat(turns).doesNotHaveDuplicates().last().isEqualTo(given);
  }

  @Test
  void whoever_had_it_may_have_it_again_at_once() {
    // Given
    PoolState state = new PoolState(TestRanges.of("192.0.2.0/29"), false);
    take(state, "shop/first");
    IpAddress second = take(state, "shop/second");
    state.release(second, "shop/second");

    // When
    IpAddress again = take(state, "shop/second");

    // Then
    assertThat(again).isEqualTo(second).isNotEqualTo(HOME);
  }

  @Test
  void what_rests_goes_on_resting_in_an_edited_pool() {
    // Given
    PoolState before = new PoolState(TestRanges.of("192.0.2.0/29"), false);
    IpAddress given = take(before, "shop/web");
    before.release(given, "shop/web");

    // When
    PoolState after = new PoolState(TestRanges.of("192.0.2.0/28"), false);
    after.copyRecentlyReleased(before);

    // Then
    assertThat(take(after, "shop/other")).isNotEqualTo(given);
    assertThat(take(after, "shop/web")).isEqualTo(given);
    assertThat(after.usage(IpFamily.IPv4)).isEqualTo(new PoolUsage(16, 2));
  }

  @ParameterizedTest
  @ValueSource(strings = {"198.18.0.0/16", "10.0.0.0/8", "0.0.0.0/0", "2001:db8::/64", "::/0"})
  void the_work_of_a_choice_grows_with_what_is_held_and_not_with_the_pool(String range) {
    // Given
    List<AddressRange> pool = TestRanges.of(range);
    PoolState state = new PoolState(pool, true);
    IpFamily family = pool.getFirst().first().family();
    assertThat(state.freeRangeCount()).isEqualTo(1);

    // When
    for (int i = 0; i < 3000; i++) {
      IpAddress home = pool.getFirst().first().plus(i * 7919L);
      state.markAllocated(state.nextAddress("shop/web-" + i, home).orElseThrow(), "shop");
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
  void buggy_addresses_are_no_capacity(String range, long capacity) {
    assertThat(new PoolState(TestRanges.of(range), true).usage(IpFamily.IPv4))
        .isEqualTo(new PoolUsage(capacity, 0));
  }

  private static IpAddress take(PoolState state, String holder) {
    IpAddress next = state.nextAddress(holder, HOME).orElseThrow();
    state.markAllocated(next, "shop");
    return next;
  }
}
