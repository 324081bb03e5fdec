package dev.ballast.operator.ipam;

import static org.assertj.core.api.Assertions.assertThat;

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
class PoolKeepingTest extends PoolsTest {

  @Test
  void what_a_pool_loses_stays_with_its_service_until_that_wants_to_move() {
    // Given
    ledger.putPool("lan", ten(), PoolPolicy.OPEN);
    ledger.observe(TEN, held(WEB, "lan"));

    // When
    Set<Claimant> concerned =
        ledger.putPool("lan", Offer.of(TestRanges.of("192.0.2.11")), PoolPolicy.OPEN);

    // Then
    assertThat(concerned).containsExactly(WEB);
    assertThat(ledger.whyOrphaned(TEN)).contains("no AddressPool has it");
    assertThat(ledger.report("lan").orphaned()).isEqualTo(1);
    Wish inPool = new Wish(IpFamily.IPv4, null, "lan");
    assertThat(TestLedger.grants(ledger, Share.whole(WEB), TEN, inPool)).isTrue();
    Standing moves = new Standing(Map.of(), true, Set.of());
    assertThat(ledger.grants(Share.whole(WEB), TEN, inPool, moves)).isFalse();
    assertThat(ledger.choose(Share.whole(WEB), inPool, moves))
        .isEqualTo(new Choice.Assigned(ELEVEN, "lan"));
    assertThat(ledger.putPool("lan", ten(), PoolPolicy.OPEN)).contains(WEB);
    assertThat(ledger.whyOrphaned(TEN)).isEmpty();
  }

  @Test
  void a_pool_that_is_deleted_gives_no_more_and_waits_for_those_whom_no_other_pool_would_keep() {
    // Given
    ledger.putPool("lan", Offer.of(TestRanges.of("192.0.2.10-192.0.2.12")), PoolPolicy.OPEN);
    ledger.observe(TEN, held(WEB, "lan"));
    ledger.observe(ELEVEN, held(DB, "lan"));

    // When
    ledger.putPool(
        "lan",
        Offer.of(TestRanges.of("192.0.2.10-192.0.2.12")),
        policy().deleting(true).priority(9).build());

    // Then
    assertThat(ledger.dependants("lan")).containsExactly("shop/db", "shop/web");
    assertThat(ledger.whyOrphaned(TEN)).contains("AddressPool lan is being deleted");
    assertThat(choose(new Claimant("shop", "mail", "uid-mail"), null, null))
        .isEqualTo(barred(new Barrier.Deleting("lan")));
    ledger.putPool("next", ten(), PoolPolicy.OPEN);
    assertThat(ledger.dependants("lan")).containsExactly("shop/db");
    assertThat(ledger.whyOrphaned(TEN)).isEmpty();
  }

  @Test
  void a_reserved_address_is_for_its_service_alone_whatever_the_pool_says() {
    // Given
    ledger.putPool("lan", ten(), policy().disabled(true).build());
    ledger.observe(TEN, kept("shop", "web"));

    // When
    Choice choice = choose(WEB, null, null);

    // Then
    assertThat(choice).isEqualTo(new Choice.Shareable(TEN, "lan"));
    assertThat(choose(DB, null, null)).isEqualTo(barred(new Barrier.Disabled("lan")));
    assertThat(choose(DB, TEN, null))
        .isEqualTo(new Choice.KeptFor(TEN, new Reservation("shop", "web")));
  }

  @Test
  void an_address_reserved_for_a_namespace_is_for_any_of_its_services() {
    // Given
    ledger.putPool("lan", ten(), PoolPolicy.OPEN);
    ledger.observe(TEN, kept("shop", null));

    // When
    Choice choice = choose(DB, null, null);

    // Then
    assertThat(choice).isEqualTo(new Choice.Shareable(TEN, "lan"));
    assertThat(choose(new Claimant("other", "db", "uid"), null, null))
        .isEqualTo(new Choice.Exhausted(IpFamily.IPv4, List.of("lan")));
  }

  @Test
  void a_reserved_address_of_no_pool_is_given_to_nobody_and_called_orphaned() {
    // Given
    ledger.observe(TEN, kept("shop", "web"));

    // When
    Choice choice = choose(WEB, null, null);

    // Then
    assertThat(choice).isEqualTo(new Choice.NoPool(IpFamily.IPv4, null));
    assertThat(ledger.whyOrphaned(TEN)).contains("no AddressPool has it");
  }

  @Test
  void a_service_made_anew_waits_for_the_address_that_its_pool_will_keep_for_it() {
    // Given
    ledger.putPool(
        "lan", Offer.of(TestRanges.of("192.0.2.10-192.0.2.12")), policy().retains(true).build());
    ledger.observe(TEN, held(new Claimant("shop", "web", "uid-earlier"), "lan"));

    // When
    Choice choice = choose(WEB, null, null);

    // Then
    assertThat(choice).isEqualTo(new Choice.NotReleased(TEN));
    ledger.observe(TEN, new Hold(List.of(reserved()), "lan", new Reservation("shop", "web"), 9, 1));
    assertThat(choose(WEB, null, null)).isEqualTo(new Choice.Shareable(TEN, "lan"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_pool_says_whether_it_retains(boolean retains) {
    // When
    ledger.putPool("lan", ten(), policy().retains(retains).build());

    // Then
    assertThat(ledger.isRetained("lan")).isEqualTo(retains);
    assertThat(ledger.isRetained("other")).isFalse();
  }

  private static Hold kept(String namespace, @Nullable String service) {
    return new Hold(List.of(reserved()), "", new Reservation(namespace, service), 5, 0);
  }

  private static Share reserved() {
    return Share.whole(Claimant.reserved("192.0.2.10", "uid-of-address"));
  }
}
