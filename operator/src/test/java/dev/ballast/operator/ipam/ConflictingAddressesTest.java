package dev.ballast.operator.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.net.TestRanges;
import dev.ballast.operator.ipam.pool.PoolPolicy;
import dev.ballast.operator.ipam.pool.PoolRanges;
import dev.ballast.operator.ipam.pool.ServiceContext;
import dev.ballast.operator.ipam.pool.ServiceRef;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What becomes of an address that another machine of the LAN has. */
@Tag("feature:address")
class ConflictingAddressesTest {

  private static final ServiceRef WEB = new ServiceRef("shop", "web", "uid-web");
  private static final ServiceRef DB = new ServiceRef("shop", "db", "uid-db");
  private static final IpAddress TEN = IpAddress.parse("192.0.2.10").orElseThrow();
  private static final IpAddress ELEVEN = IpAddress.parse("192.0.2.11").orElseThrow();
  private static final String WHY = "it answers already";
  private static final AddressRequest ANY = AddressRequest.any(IpFamily.IPv4);
  private static final AddressRequest THIS = new AddressRequest(IpFamily.IPv4, TEN, null);

  private final Allocator allocator = new Allocator();

  @BeforeEach
  void a_pool_of_two() {
    allocator.putPool(
        "lan", PoolRanges.of(TestRanges.of("192.0.2.10-192.0.2.11")), PoolPolicy.OPEN);
  }

  @Test
  void a_holder_without_a_request_gets_another_address() {
    // Given
    allocator.observe(TEN, hold(WEB, null, 1));

    // When
    boolean news = allocator.contest(TEN, WHY);

    // Then
    assertThat(news).isTrue();
    assertThat(allocator.contest(TEN, WHY)).as("known").isFalse();
    assertThat(grants(WEB, ANY)).isFalse();
    assertThat(choose(WEB, ANY)).isEqualTo(new AllocationResult.Assigned(ELEVEN, "lan"));
  }

  @Test
  void a_holder_that_requests_the_address_keeps_it_and_waits() {
    // Given
    allocator.observe(TEN, hold(WEB, null, 1));

    // When
    allocator.contest(TEN, WHY);

    // Then
    assertThat(grants(WEB, THIS)).isTrue();
  }

  @Test
  void a_request_for_a_free_address_in_conflict_is_met() {
    // Given
    allocator.contest(TEN, WHY);

    // When
    AllocationResult result = choose(WEB, THIS);

    // Then
    assertThat(result).isEqualTo(new AllocationResult.Assigned(TEN, "lan"));
  }

  @Test
  void a_holder_with_a_reservation_keeps_the_address_and_waits() {
    // Given
    allocator.observe(TEN, hold(WEB, new Reservation("shop", "web"), 1));

    // When
    allocator.contest(TEN, WHY);

    // Then
    assertThat(grants(WEB, ANY)).isTrue();
  }

  @Test
  void an_address_in_conflict_is_not_assigned_after_its_holder_left() {
    // Given
    allocator.observe(TEN, hold(WEB, null, 1));
    allocator.contest(TEN, WHY);
    allocator.observe(ELEVEN, hold(WEB, null, 2));

    // When
    allocator.vanished(TEN, 3);

    // Then
    assertThat(choose(DB, ANY))
        .isEqualTo(new AllocationResult.Exhausted(IpFamily.IPv4, List.of("lan")));
    assertThat(allocator.usage("lan").available()).isZero();
  }

  @Test
  void an_address_is_free_again_after_the_conflict() {
    // Given
    allocator.contest(TEN, WHY);
    allocator.observe(ELEVEN, hold(DB, null, 2));
    assertThat(choose(WEB, ANY)).isInstanceOf(AllocationResult.Exhausted.class);

    // When
    boolean news = allocator.settle(TEN);

    // Then
    assertThat(news).isTrue();
    assertThat(allocator.settle(TEN)).as("known").isFalse();
    assertThat(allocator.whyContested(TEN)).isEmpty();
    assertThat(choose(WEB, ANY)).isEqualTo(new AllocationResult.Assigned(TEN, "lan"));
  }

  @Test
  void a_held_address_is_still_held_after_the_conflict() {
    // Given
    allocator.observe(TEN, hold(WEB, null, 1));
    allocator.contest(TEN, WHY);

    // When
    allocator.settle(TEN);

    // Then
    assertThat(grants(WEB, ANY)).isTrue();
    assertThat(choose(DB, ANY)).isEqualTo(new AllocationResult.Assigned(ELEVEN, "lan"));
    assertThat(choose(new ServiceRef("shop", "mail", "uid-mail"), ANY))
        .isInstanceOf(AllocationResult.Exhausted.class);
  }

  @Test
  void an_edited_pool_still_excludes_an_address_in_conflict() {
    // Given
    allocator.contest(TEN, WHY);

    // When
    allocator.putPool("lan", PoolRanges.of(TestRanges.of("192.0.2.10")), PoolPolicy.OPEN);

    // Then
    assertThat(choose(WEB, ANY)).isInstanceOf(AllocationResult.Exhausted.class);
    assertThat(allocator.report("lan").contested()).containsExactly("192.0.2.10: " + WHY);
    assertThat(allocator.whyContested(TEN)).isEqualTo(Optional.of(WHY));
  }

  @Test
  void an_address_in_conflict_is_no_longer_shared() {
    // Given
    AddressClaim first = new AddressClaim(WEB, "key", List.of(new ProtocolPort("TCP", 80)));
    AddressClaim second = new AddressClaim(DB, "key", List.of(new ProtocolPort("TCP", 81)));
    allocator.observe(TEN, new Allocation(List.of(first), "lan", null, 1, 1));
    allocator.contest(TEN, WHY);

    // When
    AllocationResult result = allocator.choose(second, ANY, ServiceContext.PLAIN);

    // Then
    assertThat(result).isEqualTo(new AllocationResult.Assigned(ELEVEN, "lan"));
  }

  private static Allocation hold(ServiceRef holder, Reservation reservation, long version) {
    return new Allocation(
        List.of(AddressClaim.whole(holder)), "lan", reservation, version, version);
  }

  private AllocationResult choose(ServiceRef serviceRef, AddressRequest request) {
    return allocator.choose(AddressClaim.whole(serviceRef), request, ServiceContext.PLAIN);
  }

  private boolean grants(ServiceRef serviceRef, AddressRequest request) {
    return allocator.grants(AddressClaim.whole(serviceRef), TEN, request, ServiceContext.PLAIN);
  }
}
