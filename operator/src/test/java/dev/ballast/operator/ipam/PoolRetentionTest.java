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

/** What becomes of what pools gave. */
@Tag("feature:address")
class PoolRetentionTest extends PoolTableTest {

  @Test
  void what_a_pool_loses_stays_with_its_service_until_that_wants_to_move() {
    // Given
    ipam.pools().put("lan", ten(), PoolPolicy.OPEN);
    allocator.observe(TEN, held(WEB, "lan"));

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
  void a_pool_that_is_deleted_gives_no_more_and_waits_for_those_whom_no_other_pool_would_keep() {
    // Given
    ipam.pools().put("lan", PoolRanges.of(TestRanges.of("192.0.2.10-192.0.2.12")), PoolPolicy.OPEN);
    allocator.observe(TEN, held(WEB, "lan"));
    allocator.observe(ELEVEN, held(DB, "lan"));

    // When
    ipam.pools()
        .put(
            "lan",
            PoolRanges.of(TestRanges.of("192.0.2.10-192.0.2.12")),
            policy().deleting(true).priority(9).build());

    // Then
    assertThat(ipam.statistics().dependentServices("lan")).containsExactly("shop/db", "shop/web");
    assertThat(ipam.orphans().reason(TEN)).contains("AddressPool lan is being deleted");
    assertThat(choose(new ServiceRef("shop", "mail", "uid-mail"), null, null))
        .isEqualTo(barred(new PoolRejection.Deleting("lan")));
    ipam.pools().put("next", ten(), PoolPolicy.OPEN);
    assertThat(ipam.statistics().dependentServices("lan")).containsExactly("shop/db");
    assertThat(ipam.orphans().reason(TEN)).isEmpty();
  }

  @Test
  void a_reserved_address_is_for_its_service_alone_whatever_the_pool_says() {
    // Given
    ipam.pools().put("lan", ten(), policy().disabled(true).build());
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
    ipam.pools().put("lan", ten(), PoolPolicy.OPEN);
    allocator.observe(TEN, kept("shop", null));

    // When
    AllocationResult result = choose(DB, null, null);

    // Then
    assertThat(result).isEqualTo(new AllocationResult.Shareable(TEN, "lan"));
    assertThat(choose(new ServiceRef("other", "db", "uid"), null, null))
        .isEqualTo(new AllocationResult.Exhausted(IpFamily.IPv4, List.of("lan")));
  }

  @Test
  void a_reserved_address_of_no_pool_is_given_to_nobody_and_called_orphaned() {
    // Given
    allocator.observe(TEN, kept("shop", "web"));

    // When
    AllocationResult result = choose(WEB, null, null);

    // Then
    assertThat(result).isEqualTo(new AllocationResult.NoPool(IpFamily.IPv4, null));
    assertThat(ipam.orphans().reason(TEN)).contains("no AddressPool contains it");
  }

  @Test
  void a_service_made_anew_waits_for_the_address_that_its_pool_will_keep_for_it() {
    // Given
    ipam.pools()
        .put(
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
    ipam.pools().put("lan", ten(), policy().retains(retains).build());

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
