package dev.ballast.operator.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.net.TestRanges;
import dev.ballast.operator.ipam.pool.PoolPolicy;
import dev.ballast.operator.ipam.pool.PoolRanges;
import dev.ballast.operator.ipam.pool.PoolRejection;
import dev.ballast.operator.ipam.pool.ServiceContext;
import dev.ballast.operator.ipam.pool.ServiceRef;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of what pools gave. */
@Tag("feature:address")
class PoolRetentionTest extends PoolTableTest {

  @Test
  void an_address_removed_from_a_pool_stays_with_its_service_until_that_may_move() {
    // Given
    allocator.putPool("lan", ten(), PoolPolicy.OPEN);
    allocator.observe(TEN, held(WEB, "lan"));

    // When
    Set<ServiceRef> concerned =
        allocator.putPool("lan", PoolRanges.of(TestRanges.of("192.0.2.11")), PoolPolicy.OPEN);

    // Then
    assertThat(concerned).containsExactly(WEB);
    assertThat(allocator.whyOrphaned(TEN)).contains("no AddressPool has it");
    assertThat(allocator.report("lan").orphaned()).isEqualTo(1);
    AddressRequest inPool = new AddressRequest(IpFamily.IPv4, null, "lan");
    assertThat(TestAllocator.grants(allocator, AddressClaim.whole(WEB), TEN, inPool)).isTrue();
    ServiceContext moves = new ServiceContext(Map.of(), true, Set.of());
    assertThat(allocator.grants(AddressClaim.whole(WEB), TEN, inPool, moves)).isFalse();
    assertThat(allocator.choose(AddressClaim.whole(WEB), inPool, moves))
        .isEqualTo(new AllocationResult.Assigned(ELEVEN, "lan"));
    assertThat(allocator.putPool("lan", ten(), PoolPolicy.OPEN)).contains(WEB);
    assertThat(allocator.whyOrphaned(TEN)).isEmpty();
  }

  @Test
  void a_deleted_pool_assigns_no_more_and_waits_for_services_without_another_pool() {
    // Given
    allocator.putPool(
        "lan", PoolRanges.of(TestRanges.of("192.0.2.10-192.0.2.12")), PoolPolicy.OPEN);
    allocator.observe(TEN, held(WEB, "lan"));
    allocator.observe(ELEVEN, held(DB, "lan"));

    // When
    allocator.putPool(
        "lan",
        PoolRanges.of(TestRanges.of("192.0.2.10-192.0.2.12")),
        policy().deleting(true).priority(9).build());

    // Then
    assertThat(allocator.dependants("lan")).containsExactly("shop/db", "shop/web");
    assertThat(allocator.whyOrphaned(TEN)).contains("AddressPool lan is being deleted");
    assertThat(choose(new ServiceRef("shop", "mail", "uid-mail"), null, null))
        .isEqualTo(barred(new PoolRejection.Deleting("lan")));
    allocator.putPool("next", ten(), PoolPolicy.OPEN);
    assertThat(allocator.dependants("lan")).containsExactly("shop/db");
    assertThat(allocator.whyOrphaned(TEN)).isEmpty();
  }

  @Test
  void a_reserved_address_is_for_its_service_only_despite_the_rules_of_the_pool() {
    // Given
    allocator.putPool("lan", ten(), policy().disabled(true).build());
    allocator.observe(TEN, kept("shop", "web"));

    // When
    AllocationResult result = choose(WEB, null, null);

    // Then
    assertThat(result).isEqualTo(new AllocationResult.Shareable(TEN, "lan"));
    assertThat(choose(DB, null, null)).isEqualTo(barred(new PoolRejection.Disabled("lan")));
    assertThat(choose(DB, TEN, null))
        .isEqualTo(new AllocationResult.ReservedForOther(TEN, new Reservation("shop", "web")));
  }

  @Test
  void an_address_reserved_for_a_namespace_is_for_any_of_its_services() {
    // Given
    allocator.putPool("lan", ten(), PoolPolicy.OPEN);
    allocator.observe(TEN, kept("shop", null));

    // When
    AllocationResult result = choose(DB, null, null);

    // Then
    assertThat(result).isEqualTo(new AllocationResult.Shareable(TEN, "lan"));
    assertThat(choose(new ServiceRef("other", "db", "uid"), null, null))
        .isEqualTo(new AllocationResult.Exhausted(IpFamily.IPv4, List.of("lan")));
  }

  @Test
  void a_reserved_address_outside_of_all_pools_is_orphaned_and_not_assigned() {
    // Given
    allocator.observe(TEN, kept("shop", "web"));

    // When
    AllocationResult result = choose(WEB, null, null);

    // Then
    assertThat(result).isEqualTo(new AllocationResult.NoPool(IpFamily.IPv4, null));
    assertThat(allocator.whyOrphaned(TEN)).contains("no AddressPool has it");
  }

  @Test
  void a_recreated_service_waits_for_its_retained_address() {
    // Given
    allocator.putPool(
        "lan",
        PoolRanges.of(TestRanges.of("192.0.2.10-192.0.2.12")),
        policy().retains(true).build());
    allocator.observe(TEN, held(new ServiceRef("shop", "web", "uid-earlier"), "lan"));

    // When
    AllocationResult result = choose(WEB, null, null);

    // Then
    assertThat(result).isEqualTo(new AllocationResult.NotReleased(TEN));
    allocator.observe(
        TEN, new Allocation(List.of(reserved()), "lan", new Reservation("shop", "web"), 9, 1));
    assertThat(choose(WEB, null, null)).isEqualTo(new AllocationResult.Shareable(TEN, "lan"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_pool_says_whether_it_retains(boolean retains) {
    // When
    allocator.putPool("lan", ten(), policy().retains(retains).build());

    // Then
    assertThat(allocator.isRetained("lan")).isEqualTo(retains);
    assertThat(allocator.isRetained("other")).isFalse();
  }

  private static Allocation kept(String namespace, @Nullable String service) {
    return new Allocation(List.of(reserved()), "", new Reservation(namespace, service), 5, 0);
  }

  private static AddressClaim reserved() {
    return AddressClaim.whole(ServiceRef.reserved("192.0.2.10", "uid-of-address"));
  }
}
