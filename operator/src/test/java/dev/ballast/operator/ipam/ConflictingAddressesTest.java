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

  private final Ipam ipam = new Ipam();
  private final Allocator allocator = ipam.allocator();

  @BeforeEach
  void a_pool_of_two() {
    ipam.pools().put("lan", PoolRanges.of(TestRanges.of("192.0.2.10-192.0.2.11")), PoolPolicy.OPEN);
  }

  @Test
  void who_holds_it_without_having_asked_for_it_gets_another_one() {
    // Given
    allocator.observe(TEN, hold(WEB, null, 1));

    // When
    boolean news = ipam.conflicts().add(TEN, WHY);

    // Then
    assertThat(news).isTrue();
    assertThat(ipam.conflicts().add(TEN, WHY)).as("known").isFalse();
    assertThat(grants(WEB, ANY)).isFalse();
    assertThat(choose(WEB, ANY)).isEqualTo(new AllocationResult.Assigned(ELEVEN, "lan"));
  }

  @Test
  void who_asks_for_it_keeps_it_and_waits() {
    // Given
    allocator.observe(TEN, hold(WEB, null, 1));

    // When
    ipam.conflicts().add(TEN, WHY);

    // Then
    assertThat(grants(WEB, THIS)).isTrue();
  }

  @Test
  void who_asks_for_it_while_nobody_holds_it_gets_it() {
    // Given
    ipam.conflicts().add(TEN, WHY);

    // When
    AllocationResult result = choose(WEB, THIS);

    // Then
    assertThat(result).isEqualTo(new AllocationResult.Assigned(TEN, "lan"));
  }

  @Test
  void for_whom_a_person_has_reserved_it_keeps_it_and_waits() {
    // Given
    allocator.observe(TEN, hold(WEB, new Reservation("shop", "web"), 1));

    // When
    ipam.conflicts().add(TEN, WHY);

    // Then
    assertThat(grants(WEB, ANY)).isTrue();
  }

  @Test
  void it_is_given_to_nobody_after_its_holder_has_left_it() {
    // Given
    allocator.observe(TEN, hold(WEB, null, 1));
    ipam.conflicts().add(TEN, WHY);
    allocator.observe(ELEVEN, hold(WEB, null, 2));

    // When
    allocator.observeDeletion(TEN, 3);

    // Then
    assertThat(choose(DB, ANY))
        .isEqualTo(new AllocationResult.Exhausted(IpFamily.IPv4, List.of("lan")));
    assertThat(ipam.statistics().usage("lan").available()).isZero();
  }

  @Test
  void once_settled_it_is_like_any_other() {
    // Given
    ipam.conflicts().add(TEN, WHY);
    allocator.observe(ELEVEN, hold(DB, null, 2));
    assertThat(choose(WEB, ANY)).isInstanceOf(AllocationResult.Exhausted.class);

    // When
    boolean news = ipam.conflicts().remove(TEN);

    // Then
    assertThat(news).isTrue();
    assertThat(ipam.conflicts().remove(TEN)).as("known").isFalse();
    assertThat(ipam.conflicts().reason(TEN)).isEmpty();
    assertThat(choose(WEB, ANY)).isEqualTo(new AllocationResult.Assigned(TEN, "lan"));
  }

  @Test
  void one_that_is_held_is_still_held_when_it_is_settled() {
    // Given
    allocator.observe(TEN, hold(WEB, null, 1));
    ipam.conflicts().add(TEN, WHY);

    // When
    ipam.conflicts().remove(TEN);

    // Then
    assertThat(grants(WEB, ANY)).isTrue();
    assertThat(choose(DB, ANY)).isEqualTo(new AllocationResult.Assigned(ELEVEN, "lan"));
    assertThat(choose(new ServiceRef("shop", "mail", "uid-mail"), ANY))
        .isInstanceOf(AllocationResult.Exhausted.class);
  }

  @Test
  void it_is_kept_back_by_a_pool_that_is_changed() {
    // Given
    ipam.conflicts().add(TEN, WHY);

    // When
    ipam.pools().put("lan", PoolRanges.of(TestRanges.of("192.0.2.10")), PoolPolicy.OPEN);

    // Then
    assertThat(choose(WEB, ANY)).isInstanceOf(AllocationResult.Exhausted.class);
    assertThat(ipam.statistics().report("lan").conflicts()).containsExactly("192.0.2.10: " + WHY);
    assertThat(ipam.conflicts().reason(TEN)).isEqualTo(Optional.of(WHY));
  }

  @Test
  void it_is_not_shared_any_more() {
    // Given
    AddressClaim first = new AddressClaim(WEB, "key", List.of(new ProtocolPort("TCP", 80)));
    AddressClaim second = new AddressClaim(DB, "key", List.of(new ProtocolPort("TCP", 81)));
    allocator.observe(TEN, new Allocation(List.of(first), "lan", null, 1, 1));
    ipam.conflicts().add(TEN, WHY);

    // When
    AllocationResult result = allocator.allocate(second, ANY, ServiceContext.PLAIN);

    // Then
    assertThat(result).isEqualTo(new AllocationResult.Assigned(ELEVEN, "lan"));
  }

  private static Allocation hold(ServiceRef holder, Reservation reservation, long version) {
    return new Allocation(
        List.of(AddressClaim.whole(holder)), "lan", reservation, version, version);
  }

  private AllocationResult choose(ServiceRef serviceRef, AddressRequest request) {
    return allocator.allocate(AddressClaim.whole(serviceRef), request, ServiceContext.PLAIN);
  }

  private boolean grants(ServiceRef serviceRef, AddressRequest request) {
    return allocator.satisfies(AddressClaim.whole(serviceRef), TEN, request, ServiceContext.PLAIN);
  }
}
