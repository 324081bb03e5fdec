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
  void without_addresses_of_the_family_the_result_is_no_pool() {
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
  void full_pools_of_the_family_are_named_in_order() {
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
  void an_address_in_two_pools_is_allocated_once() {
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
  void an_allocation_outlives_its_pool_and_counts_again_when_the_pool_returns() {
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
  void a_service_that_is_created_again_gets_the_same_address_even_after_a_restart() {
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
  void most_services_get_the_same_address_from_an_enlarged_pool() {
    // Given
    List<AddressClaim> services =
        IntStream.range(0, 200)
            .mapToObj(i -> AddressClaim.whole(new ServiceRef("shop", "web-" + i, "uid-" + i)))
            .toList();
    Ipam enlarged = new Ipam();
    TestAllocator.putPool(ipam, "pool", TestRanges.of("10.0.0.0-10.0.7.255"));
    TestAllocator.putPool(enlarged, "pool", TestRanges.of("10.0.0.0-10.0.8.255"));

    // When
    long same =
        services.stream()
            .filter(
                service ->
                    TestAllocator.allocate(allocator, service, AddressRequest.any(IpFamily.IPv4))
                        .equals(
                            TestAllocator.allocate(
                                enlarged.allocator(), service, AddressRequest.any(IpFamily.IPv4))))
            .count();

    // Then
    assertThat(same).as("of 200; one in nine places is new").isGreaterThan(150);
  }

  @Test
  void a_late_event_of_a_deleted_address_does_not_allocate_it() {
    // Given
    TestAllocator.observe(allocator, TEN, List.of(AddressClaim.whole(WEB)), 5, 0);
    allocator.observeDeletion(TEN, 6);

    // When
    TestAllocator.observe(allocator, TEN, List.of(AddressClaim.whole(WEB)), 5, 0);

    // Then
    assertThat(ipam.statistics().allocatedCount()).isZero();
  }

  @Test
  void a_late_deletion_event_does_not_release_a_newer_allocation() {
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
  void a_late_deletion_event_does_not_release_a_tentative_allocation() {
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
  void an_allocation_that_the_watch_confirmed_is_not_cancelled() {
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
  void the_oldest_of_several_claims_comes_first() {
    // When
    TestAllocator.observe(allocator, TEN, List.of(AddressClaim.whole(WEB)), 6, 2000);
    TestAllocator.observe(allocator, ELEVEN, List.of(AddressClaim.whole(WEB)), 5, 1000);

    // Then
    assertThat(allocator.addressesOf(WEB.uid())).containsExactly(ELEVEN, TEN);
  }

  @Test
  void an_earlier_service_of_the_same_name_is_a_predecessor() {
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
    Set<ServiceRef> predecessors = allocator.predecessorsOf(WEB);

    // Then
    assertThat(predecessors).containsExactly(earlier);
  }

  @Test
  void a_requested_address_is_allocated_from_the_first_pool_that_contains_it() {
    // Given
    TestAllocator.putPool(ipam, "a", TestRanges.of("192.0.2.10"));
    TestAllocator.putPool(ipam, "b", TestRanges.of("192.0.2.10-192.0.2.11"));

    // When
    AllocationResult result =
        TestAllocator.allocate(allocator, AddressClaim.whole(WEB), request("192.0.2.11", null));

    // Then
    assertThat(result).isEqualTo(new AllocationResult.Assigned(ELEVEN, "b"));
    assertThat(allocator.addressesOf(WEB.uid())).containsExactly(ELEVEN);
  }

  @Test
  void a_requested_pool_allocates_a_free_address() {
    // Given
    TestAllocator.putPool(ipam, "a", TestRanges.of("192.0.2.10"));
    TestAllocator.putPool(ipam, "b", TestRanges.of("192.0.2.11"));

    // When
    AllocationResult result =
        TestAllocator.allocate(allocator, AddressClaim.whole(WEB), request(null, "b"));

    // Then
    assertThat(result).isEqualTo(new AllocationResult.Assigned(ELEVEN, "b"));
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        arguments(request(null, "c"), new AllocationResult.UnknownPool("c")),
        arguments(request("192.0.2.12", "c"), new AllocationResult.UnknownPool("c")),
        arguments(
            request("192.0.2.12", null), new AllocationResult.NotInPool(ip("192.0.2.12"), null)),
        arguments(request("192.0.2.11", "a"), new AllocationResult.NotInPool(ELEVEN, "a")),
        arguments(request("192.0.2.10", null), new AllocationResult.AddressTaken(TEN, DB)),
        arguments(request("192.0.2.10", "a"), new AllocationResult.AddressTaken(TEN, DB)),
        arguments(request(null, "a"), new AllocationResult.Exhausted(IpFamily.IPv4, List.of("a"))),
        arguments(request(null, "v6"), new AllocationResult.NoPool(IpFamily.IPv4, "v6")));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void a_rejected_request_has_a_reason_and_allocates_nothing(
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
  void a_held_address_may_satisfy_the_request(String address, String pool, boolean satisfied) {
    // Given
    TestAllocator.putPool(ipam, "a", TestRanges.of("192.0.2.10"));
    TestAllocator.putPool(ipam, "b", TestRanges.of("192.0.2.11"));

    // When
    boolean grants =
        TestAllocator.satisfies(allocator, AddressClaim.whole(WEB), TEN, request(address, pool));

    // Then
    assertThat(grants).isEqualTo(satisfied);
  }

  private static AddressRequest request(String address, String pool) {
    return new AddressRequest(IpFamily.IPv4, address == null ? null : ip(address), pool);
  }

  @Test
  @Timeout(5)
  void an_allocation_from_a_huge_pool_costs_no_more_than_from_a_small_one() {
    // Given
    TestAllocator.putPool(ipam, "huge", TestRanges.of("2001:db8::/32", "0.0.0.0/0"));
    Set<IpAddress> allocated = new HashSet<>();

    // When
    for (int i = 0; i < 20_000; i++) {
      allocated.add(
          ((AllocationResult.Assigned)
                  TestAllocator.allocate(
                      allocator, AddressClaim.whole(WEB), AddressRequest.any(IpFamily.IPv6)))
              .address());
    }

    // Then
    assertThat(allocated).hasSize(20_000);
    assertThat(ipam.statistics().usage("huge")).isEqualTo(new PoolUsage(Long.MAX_VALUE, 20_000));
    assertThat(ipam.statistics().usage("huge").available()).isEqualTo(Long.MAX_VALUE);
  }

  private static IpAddress ip(String text) {
    return IpAddress.parse(text).orElseThrow();
  }
}
