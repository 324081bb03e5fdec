package dev.ballast.operator.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.PoolPolicy;
import dev.ballast.operator.ipam.pool.PoolRanges;
import dev.ballast.operator.ipam.pool.ServiceContext;
import dev.ballast.operator.ipam.pool.ServiceRef;
import dev.ballast.operator.ipam.pool.TestRanges;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The allocation of addresses that another machine of the LAN uses. */
@Tag("feature:address")
class LanAddressConflictsTest {

  private static final ServiceRef WEB = new ServiceRef("shop", "web", "uid-web");
  private static final ServiceRef DB = new ServiceRef("shop", "db", "uid-db");
  private static final IpAddress TEN = IpAddress.parse("192.0.2.10").orElseThrow();
  private static final IpAddress ELEVEN = IpAddress.parse("192.0.2.11").orElseThrow();
  private static final String REASON = "it answers already";
  private static final AddressRequest ANY_REQUEST = AddressRequest.any(IpFamily.IPv4);
  private static final AddressRequest REQUEST_OF_TEN = new AddressRequest(IpFamily.IPv4, TEN, null);

  private final Ipam ipam = new Ipam();
  private final Allocator allocator = ipam.allocator();

  @BeforeEach
  void createPoolOfTwoAddresses() {
    ipam.pools().put("lan", PoolRanges.of(TestRanges.of("192.0.2.10-192.0.2.11")), PoolPolicy.OPEN);
  }

  @Test
  void a_holder_that_did_not_request_the_address_gets_another_one() {
    // Given
    allocator.observe(TEN, allocation(WEB, null, 1));

    // When
    boolean added = ipam.conflicts().add(TEN, REASON);

    // Then
    assertThat(added).isTrue();
    assertThat(ipam.conflicts().add(TEN, REASON)).as("known").isFalse();
    assertThat(satisfies(WEB, ANY_REQUEST)).isFalse();
    assertThat(allocate(WEB, ANY_REQUEST)).isEqualTo(new AllocationResult.Assigned(ELEVEN, "lan"));
  }

  @Test
  void a_holder_that_requested_the_address_keeps_it() {
    // Given
    allocator.observe(TEN, allocation(WEB, null, 1));

    // When
    ipam.conflicts().add(TEN, REASON);

    // Then
    assertThat(satisfies(WEB, REQUEST_OF_TEN)).isTrue();
  }

  @Test
  void a_service_that_requests_a_free_address_in_conflict_gets_it() {
    // Given
    ipam.conflicts().add(TEN, REASON);

    // When
    AllocationResult result = allocate(WEB, REQUEST_OF_TEN);

    // Then
    assertThat(result).isEqualTo(new AllocationResult.Assigned(TEN, "lan"));
  }

  @Test
  void a_holder_with_a_reservation_of_the_address_keeps_it() {
    // Given
    allocator.observe(TEN, allocation(WEB, new ReservationTarget("shop", "web"), 1));

    // When
    ipam.conflicts().add(TEN, REASON);

    // Then
    assertThat(satisfies(WEB, ANY_REQUEST)).isTrue();
  }

  @Test
  void an_address_in_conflict_stays_withheld_after_its_release() {
    // Given
    allocator.observe(TEN, allocation(WEB, null, 1));
    ipam.conflicts().add(TEN, REASON);
    allocator.observe(ELEVEN, allocation(WEB, null, 2));

    // When
    allocator.observeDeletion(TEN, 3);

    // Then
    assertThat(allocate(DB, ANY_REQUEST))
        .isEqualTo(new AllocationResult.Exhausted(IpFamily.IPv4, List.of("lan")));
    assertThat(ipam.statistics().usage("lan").available()).isZero();
  }

  @Test
  void after_the_conflict_the_address_is_free_again() {
    // Given
    ipam.conflicts().add(TEN, REASON);
    allocator.observe(ELEVEN, allocation(DB, null, 2));
    assertThat(allocate(WEB, ANY_REQUEST)).isInstanceOf(AllocationResult.Exhausted.class);

    // When
    boolean removed = ipam.conflicts().remove(TEN);

    // Then
    assertThat(removed).isTrue();
    assertThat(ipam.conflicts().remove(TEN)).as("known").isFalse();
    assertThat(ipam.conflicts().reason(TEN)).isEmpty();
    assertThat(allocate(WEB, ANY_REQUEST)).isEqualTo(new AllocationResult.Assigned(TEN, "lan"));
  }

  @Test
  void a_held_address_stays_allocated_after_the_conflict() {
    // Given
    allocator.observe(TEN, allocation(WEB, null, 1));
    ipam.conflicts().add(TEN, REASON);

    // When
    ipam.conflicts().remove(TEN);

    // Then
    assertThat(satisfies(WEB, ANY_REQUEST)).isTrue();
    assertThat(allocate(DB, ANY_REQUEST)).isEqualTo(new AllocationResult.Assigned(ELEVEN, "lan"));
    assertThat(allocate(new ServiceRef("shop", "mail", "uid-mail"), ANY_REQUEST))
        .isInstanceOf(AllocationResult.Exhausted.class);
  }

  @Test
  void an_address_in_conflict_stays_withheld_after_an_edit_of_its_pool() {
    // Given
    ipam.conflicts().add(TEN, REASON);

    // When
    ipam.pools().put("lan", PoolRanges.of(TestRanges.of("192.0.2.10")), PoolPolicy.OPEN);

    // Then
    assertThat(allocate(WEB, ANY_REQUEST)).isInstanceOf(AllocationResult.Exhausted.class);
    assertThat(ipam.statistics().report("lan").conflicts())
        .containsExactly("192.0.2.10: " + REASON);
    assertThat(ipam.conflicts().reason(TEN)).isEqualTo(Optional.of(REASON));
  }

  @Test
  void an_address_in_conflict_is_not_shared_with_more_services() {
    // Given
    AddressClaim first = new AddressClaim(WEB, "key", List.of(new ProtocolPort("TCP", 80)));
    AddressClaim second = new AddressClaim(DB, "key", List.of(new ProtocolPort("TCP", 81)));
    allocator.observe(TEN, new Allocation(List.of(first), "lan", null, 1, 1));
    ipam.conflicts().add(TEN, REASON);

    // When
    AllocationResult result = allocator.allocate(second, ANY_REQUEST, ServiceContext.PLAIN);

    // Then
    assertThat(result).isEqualTo(new AllocationResult.Assigned(ELEVEN, "lan"));
  }

  private static Allocation allocation(
      ServiceRef holder, ReservationTarget reservationTarget, long version) {
    return new Allocation(
        List.of(AddressClaim.whole(holder)), "lan", reservationTarget, version, version);
  }

  private AllocationResult allocate(ServiceRef serviceRef, AddressRequest request) {
    return allocator.allocate(AddressClaim.whole(serviceRef), request, ServiceContext.PLAIN);
  }

  private boolean satisfies(ServiceRef serviceRef, AddressRequest request) {
    return allocator.satisfies(AddressClaim.whole(serviceRef), TEN, request, ServiceContext.PLAIN);
  }
}
