package dev.ballast.operator.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What becomes of an address that another machine of the LAN has. */
@Tag("feature:address")
class ContestedTest {

  private static final Claimant WEB = new Claimant("shop", "web", "uid-web");
  private static final Claimant DB = new Claimant("shop", "db", "uid-db");
  private static final IpAddress TEN = IpAddress.parse("192.0.2.10").orElseThrow();
  private static final IpAddress ELEVEN = IpAddress.parse("192.0.2.11").orElseThrow();
  private static final String WHY = "it answers already";
  private static final Wish ANY = Wish.any(IpFamily.IPv4);
  private static final Wish THIS = new Wish(IpFamily.IPv4, TEN, null);

  private final Ledger ledger = new Ledger();

  @BeforeEach
  void a_pool_of_two() {
    ledger.putPool("lan", Offer.of(TestRanges.of("192.0.2.10-192.0.2.11")), PoolPolicy.OPEN);
  }

  @Test
  void who_holds_it_without_having_asked_for_it_gets_another_one() {
    // Given
    ledger.observe(TEN, hold(WEB, null, 1));

    // When
    boolean news = ledger.contest(TEN, WHY);

    // Then
    assertThat(news).isTrue();
    assertThat(ledger.contest(TEN, WHY)).as("known").isFalse();
    assertThat(grants(WEB, ANY)).isFalse();
    assertThat(choose(WEB, ANY)).isEqualTo(new Choice.Assigned(ELEVEN, "lan"));
  }

  @Test
  void who_asks_for_it_keeps_it_and_waits() {
    // Given
    ledger.observe(TEN, hold(WEB, null, 1));

    // When
    ledger.contest(TEN, WHY);

    // Then
    assertThat(grants(WEB, THIS)).isTrue();
  }

  @Test
  void who_asks_for_it_while_nobody_holds_it_gets_it() {
    // Given
    ledger.contest(TEN, WHY);

    // When
    Choice choice = choose(WEB, THIS);

    // Then
    assertThat(choice).isEqualTo(new Choice.Assigned(TEN, "lan"));
  }

  @Test
  void for_whom_a_person_has_reserved_it_keeps_it_and_waits() {
    // Given
    ledger.observe(TEN, hold(WEB, new Reservation("shop", "web"), 1));

    // When
    ledger.contest(TEN, WHY);

    // Then
    assertThat(grants(WEB, ANY)).isTrue();
  }

  @Test
  void it_is_given_to_nobody_after_its_holder_has_left_it() {
    // Given
    ledger.observe(TEN, hold(WEB, null, 1));
    ledger.contest(TEN, WHY);
    ledger.observe(ELEVEN, hold(WEB, null, 2));

    // When
    ledger.vanished(TEN, 3);

    // Then
    assertThat(choose(DB, ANY)).isEqualTo(new Choice.Exhausted(IpFamily.IPv4, List.of("lan")));
    assertThat(ledger.usage("lan").available()).isZero();
  }

  @Test
  void once_settled_it_is_like_any_other() {
    // Given
    ledger.contest(TEN, WHY);
    ledger.observe(ELEVEN, hold(DB, null, 2));
    assertThat(choose(WEB, ANY)).isInstanceOf(Choice.Exhausted.class);

    // When
    boolean news = ledger.settle(TEN);

    // Then
    assertThat(news).isTrue();
    assertThat(ledger.settle(TEN)).as("known").isFalse();
    assertThat(ledger.whyContested(TEN)).isEmpty();
    assertThat(choose(WEB, ANY)).isEqualTo(new Choice.Assigned(TEN, "lan"));
  }

  @Test
  void one_that_is_held_is_still_held_when_it_is_settled() {
    // Given
    ledger.observe(TEN, hold(WEB, null, 1));
    ledger.contest(TEN, WHY);

    // When
    ledger.settle(TEN);

    // Then
    assertThat(grants(WEB, ANY)).isTrue();
    assertThat(choose(DB, ANY)).isEqualTo(new Choice.Assigned(ELEVEN, "lan"));
    assertThat(choose(new Claimant("shop", "mail", "uid-mail"), ANY))
        .isInstanceOf(Choice.Exhausted.class);
  }

  @Test
  void it_is_kept_back_by_a_pool_that_is_changed() {
    // Given
    ledger.contest(TEN, WHY);

    // When
    ledger.putPool("lan", Offer.of(TestRanges.of("192.0.2.10")), PoolPolicy.OPEN);

    // Then
    assertThat(choose(WEB, ANY)).isInstanceOf(Choice.Exhausted.class);
    assertThat(ledger.report("lan").contested()).containsExactly("192.0.2.10: " + WHY);
    assertThat(ledger.whyContested(TEN)).isEqualTo(Optional.of(WHY));
  }

  @Test
  void it_is_not_shared_any_more() {
    // Given
    Share first = new Share(WEB, "key", List.of(new Port("TCP", 80)));
    Share second = new Share(DB, "key", List.of(new Port("TCP", 81)));
    ledger.observe(TEN, new Hold(List.of(first), "lan", null, 1, 1));
    ledger.contest(TEN, WHY);

    // When
    Choice choice = ledger.choose(second, ANY, Standing.PLAIN);

    // Then
    assertThat(choice).isEqualTo(new Choice.Assigned(ELEVEN, "lan"));
  }

  private static Hold hold(Claimant holder, Reservation reservation, long version) {
    return new Hold(List.of(Share.whole(holder)), "lan", reservation, version, version);
  }

  private Choice choose(Claimant claimant, Wish wish) {
    return ledger.choose(Share.whole(claimant), wish, Standing.PLAIN);
  }

  private boolean grants(Claimant claimant, Wish wish) {
    return ledger.grants(Share.whole(claimant), TEN, wish, Standing.PLAIN);
  }
}
