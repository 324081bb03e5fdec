package dev.ballast.operator.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.PoolPolicy;
import dev.ballast.operator.ipam.pool.PoolRanges;
import dev.ballast.operator.ipam.pool.PoolRejection;
import dev.ballast.operator.ipam.pool.ServiceContext;
import dev.ballast.operator.ipam.pool.ServiceRef;
import dev.ballast.operator.ipam.pool.TestRanges;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses that outlive their pool or their Service: orphaned, retained and reserved ones. */
@Tag("feature:address")
class PoolRetentionTest extends PoolTestBase {

  @Test
  void an_address_removed_from_its_pool_stays_with_its_service_until_the_service_is_to_move() {
    // Given
    ipam.pools().put("lan", ten(), PoolPolicy.OPEN);
    allocator.observe(TEN, allocation(WEB, "lan"));

    // When
    Set<ServiceRef> concerned =
        ipam.pools().put("lan", PoolRanges.of(TestRanges.of("192.0.2.11")), PoolPolicy.OPEN);

    // Then
    assertThat(concerned).containsExactly(WEB);
    assertThat(ipam.orphans().reason(TEN)).contains("no AddressPool contains it");
    assertThat(ipam.statistics().report("lan").orphaned()).isEqualTo(1);
    AddressRequest inPool = new AddressRequest(IpFamily.IPv4, null, "lan");
    assertThat(TestAllocator.satisfies(allocator, AddressClaim.whole(WEB), TEN, inPool)).isTrue();
    ServiceContext moves = new ServiceContext(Map.of(), true, Set.of());
    assertThat(allocator.satisfies(AddressClaim.whole(WEB), TEN, inPool, moves)).isFalse();
    assertThat(allocator.allocate(AddressClaim.whole(WEB), inPool, moves))
        .isEqualTo(new AllocationResult.Assigned(ELEVEN, "lan"));
    assertThat(ipam.pools().put("lan", ten(), PoolPolicy.OPEN)).contains(WEB);
    assertThat(ipam.orphans().reason(TEN)).isEmpty();
  }

  @Test
  void a_pool_in_deletion_allocates_nothing_and_waits_for_services_that_no_other_pool_can_keep() {
    // Given
    ipam.pools().put("lan", PoolRanges.of(TestRanges.of("192.0.2.10-192.0.2.12")), PoolPolicy.OPEN);
    allocator.observe(TEN, allocation(WEB, "lan"));
    allocator.observe(ELEVEN, allocation(DB, "lan"));

    // When
    ipam.pools()
        .put(
            "lan",
            PoolRanges.of(TestRanges.of("192.0.2.10-192.0.2.12")),
            policy().deleting(true).priority(9).build());

    // Then
    assertThat(ipam.statistics().dependentServices("lan")).containsExactly("shop/db", "shop/web");
    assertThat(ipam.orphans().reason(TEN)).contains("AddressPool lan is being deleted");
    assertThat(allocate(new ServiceRef("shop", "mail", "uid-mail"), null, null))
        .isEqualTo(rejectedBy(new PoolRejection.Deleting("lan")));
    ipam.pools().put("next", ten(), PoolPolicy.OPEN);
    assertThat(ipam.statistics().dependentServices("lan")).containsExactly("shop/db");
    assertThat(ipam.orphans().reason(TEN)).isEmpty();
  }

  @Test
  void a_reserved_address_is_only_for_its_service_and_the_rules_of_the_pool_do_not_matter() {
    // Given
    ipam.pools().put("lan", ten(), policy().disabled(true).build());
    allocator.observe(TEN, reservedAllocation("shop", "web"));

    // When
    AllocationResult result = allocate(WEB, null, null);

    // Then
    assertThat(result).isEqualTo(new AllocationResult.Shareable(TEN, "lan"));
    assertThat(allocate(DB, null, null)).isEqualTo(rejectedBy(new PoolRejection.Disabled("lan")));
    assertThat(allocate(DB, TEN, null))
        .isEqualTo(
            new AllocationResult.ReservedForOther(TEN, new ReservationTarget("shop", "web")));
  }

  @Test
  void an_address_reserved_for_a_namespace_is_for_any_service_of_it() {
    // Given
    ipam.pools().put("lan", ten(), PoolPolicy.OPEN);
    allocator.observe(TEN, reservedAllocation("shop", null));

    // When
    AllocationResult result = allocate(DB, null, null);

    // Then
    assertThat(result).isEqualTo(new AllocationResult.Shareable(TEN, "lan"));
    assertThat(allocate(new ServiceRef("other", "db", "uid"), null, null))
        .isEqualTo(new AllocationResult.Exhausted(IpFamily.IPv4, List.of("lan")));
  }

  @Test
  void a_reserved_address_in_no_pool_is_orphaned_and_not_allocated() {
    // Given
    allocator.observe(TEN, reservedAllocation("shop", "web"));

    // When
    AllocationResult result = allocate(WEB, null, null);

    // Then
    assertThat(result).isEqualTo(new AllocationResult.NoPool(IpFamily.IPv4, null));
    assertThat(ipam.orphans().reason(TEN)).contains("no AddressPool contains it");
  }

  @Test
  void a_service_that_is_created_again_waits_for_its_retained_address() {
    // Given
    ipam.pools()
        .put(
            "lan",
            PoolRanges.of(TestRanges.of("192.0.2.10-192.0.2.12")),
            policy().retains(true).build());
    allocator.observe(TEN, allocation(new ServiceRef("shop", "web", "uid-earlier"), "lan"));

    // When
    AllocationResult result = allocate(WEB, null, null);

    // Then
    assertThat(result).isEqualTo(new AllocationResult.NotReleased(TEN));
    allocator.observe(
        TEN,
        new Allocation(
            List.of(reservationClaim()), "lan", new ReservationTarget("shop", "web"), 9, 1));
    assertThat(allocate(WEB, null, null)).isEqualTo(new AllocationResult.Shareable(TEN, "lan"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_pool_knows_whether_it_retains_addresses(boolean retains) {
    // When
    ipam.pools().put("lan", ten(), policy().retains(retains).build());

    // Then
    assertThat(allocator.isRetained("lan")).isEqualTo(retains);
    assertThat(allocator.isRetained("other")).isFalse();
  }

  private static Allocation reservedAllocation(String namespace, @Nullable String service) {
    return new Allocation(
        List.of(reservationClaim()), "", new ReservationTarget(namespace, service), 5, 0);
  }

  private static AddressClaim reservationClaim() {
    return AddressClaim.whole(ServiceRef.reserved("192.0.2.10", "uid-of-address"));
  }
}
