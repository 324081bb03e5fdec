package dev.ballast.operator.ipam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.PoolUsage;
import dev.ballast.operator.ipam.pool.ServiceRef;
import dev.ballast.operator.ipam.pool.TestRanges;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class AllocatorTest {

  private static final ServiceRef WEB = new ServiceRef("default", "web", "uid-web");
  private static final ServiceRef DB = new ServiceRef("default", "db", "uid-db");
  private static final IpAddress TEN = ip("192.0.2.10");
  private static final IpAddress ELEVEN = ip("192.0.2.11");

  private final Ipam ipam = new Ipam();
  private final Allocator allocator = ipam.allocator();

  @Test
  void without_a_pool_of_the_family_there_is_no_pool() {
    // Given
    TestAllocator.putPool(ipam, "v4", TestRanges.of("192.0.2.10"));

    // When
    AllocationResult result =
        TestAllocator.allocate(
            allocator, AddressClaim.whole(WEB), AddressRequest.any(IpFamily.IPv6));

    // Then
    assertThat(result).isEqualTo(new AllocationResult.NoPool(IpFamily.IPv6, null));
  }

  @Test
  void the_full_pools_of_the_family_are_named_in_order() {
    // Given
    TestAllocator.putPool(ipam, "b", TestRanges.of("192.0.2.11"));
    TestAllocator.putPool(ipam, "a", TestRanges.of("192.0.2.10"));
    TestAllocator.putPool(ipam, "v6", TestRanges.of("2001:db8::1"));
    TestAllocator.allocate(allocator, AddressClaim.whole(DB), AddressRequest.any(IpFamily.IPv4));
    TestAllocator.allocate(allocator, AddressClaim.whole(DB), AddressRequest.any(IpFamily.IPv4));

    // When
    AllocationResult result =
        TestAllocator.allocate(
            allocator, AddressClaim.whole(WEB), AddressRequest.any(IpFamily.IPv4));

    // Then
    assertThat(result).isEqualTo(new AllocationResult.Exhausted(IpFamily.IPv4, List.of("a", "b")));
  }

  @Test
  void an_address_of_two_pools_is_given_once() {
    // Given
    TestAllocator.putPool(ipam, "a", TestRanges.of("192.0.2.10"));
    TestAllocator.putPool(ipam, "b", TestRanges.of("192.0.2.10-192.0.2.11"));
    TestAllocator.allocate(allocator, AddressClaim.whole(WEB), AddressRequest.any(IpFamily.IPv4));

    // When
    AllocationResult result =
        TestAllocator.allocate(
            allocator, AddressClaim.whole(DB), AddressRequest.any(IpFamily.IPv4));

    // Then
    assertThat(result).isEqualTo(new AllocationResult.Assigned(ELEVEN, "b"));
  }

  @Test
  void what_is_held_outlives_its_pool_and_comes_back_with_it() {
    // Given
    TestAllocator.putPool(ipam, "pool", TestRanges.of("192.0.2.10-192.0.2.11"));
    TestAllocator.observe(allocator, TEN, List.of(AddressClaim.whole(WEB)), 5, 0);

    // When
    ipam.pools().remove("pool");

    // Then
    assertThat(allocator.addressesOf(WEB.uid())).containsExactly(TEN);
    TestAllocator.putPool(ipam, "pool", TestRanges.of("192.0.2.10-192.0.2.11"));
    assertThat(ipam.statistics().usage("pool")).isEqualTo(new PoolUsage(2, 1));
    assertThat(
            TestAllocator.allocate(
                allocator, AddressClaim.whole(DB), AddressRequest.any(IpFamily.IPv4)))
        .isEqualTo(new AllocationResult.Assigned(ELEVEN, "pool"));
  }

  @Test
  void a_service_made_anew_gets_the_address_that_it_had_also_after_a_restart() {
    // Given
    TestAllocator.putPool(ipam, "pool", TestRanges.of("192.0.2.0/24"));
    AllocationResult before =
        TestAllocator.allocate(
            allocator, AddressClaim.whole(WEB), AddressRequest.any(IpFamily.IPv4));
    allocator.cancel(((AllocationResult.Assigned) before).address(), WEB.uid());
    ServiceRef later = new ServiceRef(WEB.namespace(), WEB.name(), "uid-later");
    Ipam restarted = new Ipam();
    TestAllocator.putPool(restarted, "pool", TestRanges.of("192.0.2.0/24"));

    // When
    AllocationResult again =
        TestAllocator.allocate(
            allocator, AddressClaim.whole(later), AddressRequest.any(IpFamily.IPv4));
    AllocationResult afterRestart =
        TestAllocator.allocate(
            restarted.allocator(), AddressClaim.whole(later), AddressRequest.any(IpFamily.IPv4));

    // Then
    assertThat(again).isEqualTo(before);
    assertThat(afterRestart).isEqualTo(before);
  }

  @Test
  void a_pool_that_is_widened_gives_most_services_the_same_address() {
    // Given
    List<AddressClaim> services =
        IntStream.range(0, 200)
            .mapToObj(i -> AddressClaim.whole(new ServiceRef("shop", "web-" + i, "uid-" + i)))
            .toList();
    Ipam widened = new Ipam();
    TestAllocator.putPool(ipam, "pool", TestRanges.of("10.0.0.0-10.0.7.255"));
    TestAllocator.putPool(widened, "pool", TestRanges.of("10.0.0.0-10.0.8.255"));

    // When
    long same =
        services.stream()
            .filter(
                service ->
                    TestAllocator.allocate(allocator, service, AddressRequest.any(IpFamily.IPv4))
                        .equals(
                            TestAllocator.allocate(
                                widened.allocator(), service, AddressRequest.any(IpFamily.IPv4))))
            .count();

    // Then
    assertThat(same).as("of 200; one in nine places is new").isGreaterThan(150);
  }

  @Test
  void late_news_of_an_address_that_was_let_go_does_not_bring_it_back() {
    // Given
    TestAllocator.observe(allocator, TEN, List.of(AddressClaim.whole(WEB)), 5, 0);
    allocator.observeDeletion(TEN, 6);

    // When
    TestAllocator.observe(allocator, TEN, List.of(AddressClaim.whole(WEB)), 5, 0);

    // Then
    assertThat(ipam.statistics().allocatedCount()).isZero();
  }

  @Test
  void the_late_end_of_an_earlier_claim_does_not_end_the_new_one() {
    // Given
    TestAllocator.observe(allocator, TEN, List.of(AddressClaim.whole(WEB)), 5, 0);
    allocator.observeDeletion(TEN, 6);
    TestAllocator.observe(allocator, TEN, List.of(AddressClaim.whole(WEB)), 9, 0);

    // When
    allocator.observeDeletion(TEN, 8);

    // Then
    assertThat(allocator.addressesOf(WEB.uid())).containsExactly(TEN);
  }

  @Test
  void the_late_end_of_an_earlier_claim_does_not_end_what_is_set_aside() {
    // Given
    TestAllocator.putPool(ipam, "pool", TestRanges.of("192.0.2.10"));
    TestAllocator.observe(allocator, TEN, List.of(AddressClaim.whole(WEB)), 5, 0);
    allocator.observeAbsence(TEN, WEB.uid(), 5);
    TestAllocator.allocate(allocator, AddressClaim.whole(WEB), AddressRequest.any(IpFamily.IPv4));

    // When
    allocator.observeDeletion(TEN, 8);

    // Then
    assertThat(
            TestAllocator.allocate(
                allocator, AddressClaim.whole(DB), AddressRequest.any(IpFamily.IPv4)))
        .isInstanceOf(AllocationResult.Exhausted.class);
  }

  @Test
  void a_claim_whose_answer_was_lost_stays_when_the_watch_has_shown_it() {
    // Given
    TestAllocator.putPool(ipam, "pool", TestRanges.of("192.0.2.10"));
    TestAllocator.allocate(allocator, AddressClaim.whole(WEB), AddressRequest.any(IpFamily.IPv4));
    TestAllocator.observe(allocator, TEN, List.of(AddressClaim.whole(WEB)), 5, 0);

    // When
    allocator.cancel(TEN, WEB.uid());

    // Then
    assertThat(allocator.addressesOf(WEB.uid())).containsExactly(TEN);
  }

  @Test
  void of_several_the_oldest_claim_comes_first() {
    // When
    TestAllocator.observe(allocator, TEN, List.of(AddressClaim.whole(WEB)), 6, 2000);
    TestAllocator.observe(allocator, ELEVEN, List.of(AddressClaim.whole(WEB)), 5, 1000);

    // Then
    assertThat(allocator.addressesOf(WEB.uid())).containsExactly(ELEVEN, TEN);
  }

  @Test
  void an_earlier_service_of_the_name_is_a_namesake() {
    // Given
    ServiceRef earlier = new ServiceRef("default", "web", "uid-earlier");
    TestAllocator.observe(allocator, TEN, List.of(AddressClaim.whole(earlier)), 5, 0);
    TestAllocator.observe(allocator, ELEVEN, List.of(AddressClaim.whole(WEB)), 6, 0);
    TestAllocator.observe(
        allocator,
        ip("192.0.2.12"),
        List.of(AddressClaim.whole(new ServiceRef("elsewhere", "web", "uid-elsewhere"))),
        7,
        0);

    // When
    Set<ServiceRef> namesakes = allocator.predecessorsOf(WEB);

    // Then
    assertThat(namesakes).containsExactly(earlier);
  }

  @Test
  void the_address_asked_for_is_given_from_the_first_pool_that_has_it() {
    // Given
    TestAllocator.putPool(ipam, "a", TestRanges.of("192.0.2.10"));
    TestAllocator.putPool(ipam, "b", TestRanges.of("192.0.2.10-192.0.2.11"));

    // When
    AllocationResult result =
        TestAllocator.allocate(allocator, AddressClaim.whole(WEB), asking("192.0.2.11", null));

    // Then
    assertThat(result).isEqualTo(new AllocationResult.Assigned(ELEVEN, "b"));
    assertThat(allocator.addressesOf(WEB.uid())).containsExactly(ELEVEN);
  }

  @Test
  void out_of_the_pool_asked_for_comes_its_first_free_address() {
    // Given
    TestAllocator.putPool(ipam, "a", TestRanges.of("192.0.2.10"));
    TestAllocator.putPool(ipam, "b", TestRanges.of("192.0.2.11"));

    // When
    AllocationResult result =
        TestAllocator.allocate(allocator, AddressClaim.whole(WEB), asking(null, "b"));

    // Then
    assertThat(result).isEqualTo(new AllocationResult.Assigned(ELEVEN, "b"));
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        arguments(asking(null, "c"), new AllocationResult.UnknownPool("c")),
        arguments(asking("192.0.2.12", "c"), new AllocationResult.UnknownPool("c")),
        arguments(
            asking("192.0.2.12", null), new AllocationResult.NotInPool(ip("192.0.2.12"), null)),
        arguments(asking("192.0.2.11", "a"), new AllocationResult.NotInPool(ELEVEN, "a")),
        arguments(asking("192.0.2.10", null), new AllocationResult.AddressTaken(TEN, DB)),
        arguments(asking("192.0.2.10", "a"), new AllocationResult.AddressTaken(TEN, DB)),
        arguments(asking(null, "a"), new AllocationResult.Exhausted(IpFamily.IPv4, List.of("a"))),
        arguments(asking(null, "v6"), new AllocationResult.NoPool(IpFamily.IPv4, "v6")));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void what_cannot_be_had_is_refused_for_its_reason_and_nothing_is_set_aside(
      AddressRequest request, AllocationResult expected) {
    // Given
    TestAllocator.putPool(ipam, "a", TestRanges.of("192.0.2.10"));
    TestAllocator.putPool(ipam, "b", TestRanges.of("192.0.2.11"));
    TestAllocator.putPool(ipam, "v6", TestRanges.of("2001:db8::1"));
    TestAllocator.observe(allocator, TEN, List.of(AddressClaim.whole(DB)), 5, 0);

    // When
    AllocationResult result = TestAllocator.allocate(allocator, AddressClaim.whole(WEB), request);

    // Then
    assertThat(result).isEqualTo(expected);
    assertThat(ipam.statistics().allocatedCount()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    ",           ,  true",
    "192.0.2.10, ,  true",
    "192.0.2.11, ,  false",
    ",           a, true",
    ",           b, false",
    ",           c, false",
    "192.0.2.10, b, false",
  })
  void what_is_held_may_be_what_is_wished(String address, String pool, boolean granted) {
    // Given
    TestAllocator.putPool(ipam, "a", TestRanges.of("192.0.2.10"));
    TestAllocator.putPool(ipam, "b", TestRanges.of("192.0.2.11"));

    // When
    boolean grants =
        TestAllocator.satisfies(allocator, AddressClaim.whole(WEB), TEN, asking(address, pool));

    // Then
    assertThat(grants).isEqualTo(granted);
  }

  private static AddressRequest asking(String address, String pool) {
    return new AddressRequest(IpFamily.IPv4, address == null ? null : ip(address), pool);
  }

  @Test
  @Timeout(5)
  void a_huge_pool_costs_no_more_than_a_small_one() {
    // Given
    TestAllocator.putPool(ipam, "huge", TestRanges.of("2001:db8::/32", "0.0.0.0/0"));
    Set<IpAddress> given = new HashSet<>();

    // When
    for (int i = 0; i < 20_000; i++) {
      given.add(
          ((AllocationResult.Assigned)
                  TestAllocator.allocate(
                      allocator, AddressClaim.whole(WEB), AddressRequest.any(IpFamily.IPv6)))
              .address());
    }

    // Then
    assertThat(given).hasSize(20_000);
    assertThat(ipam.statistics().usage("huge")).isEqualTo(new PoolUsage(Long.MAX_VALUE, 20_000));
    assertThat(ipam.statistics().usage("huge").available()).isEqualTo(Long.MAX_VALUE);
  }

  private static IpAddress ip(String text) {
    return IpAddress.parse(text).orElseThrow();
  }
}
