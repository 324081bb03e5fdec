package dev.ballast.operator.ipam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

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

class LedgerTest {

  private static final Claimant WEB = new Claimant("default", "web", "uid-web");
  private static final Claimant DB = new Claimant("default", "db", "uid-db");
  private static final IpAddress TEN = ip("192.0.2.10");
  private static final IpAddress ELEVEN = ip("192.0.2.11");

  private final Ledger ledger = new Ledger();

  @Test
  void without_a_pool_of_the_family_there_is_no_pool() {
    // Given
    TestLedger.putPool(ledger, "v4", TestRanges.of("192.0.2.10"));

    // When
    Choice choice = TestLedger.choose(ledger, Share.whole(WEB), Wish.any(IpFamily.IPv6));

    // Then
    assertThat(choice).isEqualTo(new Choice.NoPool(IpFamily.IPv6, null));
  }

  @Test
  void the_full_pools_of_the_family_are_named_in_order() {
    // Given
    TestLedger.putPool(ledger, "b", TestRanges.of("192.0.2.11"));
    TestLedger.putPool(ledger, "a", TestRanges.of("192.0.2.10"));
    TestLedger.putPool(ledger, "v6", TestRanges.of("2001:db8::1"));
    TestLedger.choose(ledger, Share.whole(DB), Wish.any(IpFamily.IPv4));
    TestLedger.choose(ledger, Share.whole(DB), Wish.any(IpFamily.IPv4));

    // When
    Choice choice = TestLedger.choose(ledger, Share.whole(WEB), Wish.any(IpFamily.IPv4));

    // Then
    assertThat(choice).isEqualTo(new Choice.Exhausted(IpFamily.IPv4, List.of("a", "b")));
  }

  @Test
  void an_address_of_two_pools_is_given_once() {
    // Given
    TestLedger.putPool(ledger, "a", TestRanges.of("192.0.2.10"));
    TestLedger.putPool(ledger, "b", TestRanges.of("192.0.2.10-192.0.2.11"));
    TestLedger.choose(ledger, Share.whole(WEB), Wish.any(IpFamily.IPv4));

    // When
    Choice choice = TestLedger.choose(ledger, Share.whole(DB), Wish.any(IpFamily.IPv4));

    // Then
    assertThat(choice).isEqualTo(new Choice.Assigned(ELEVEN, "b"));
  }

  @Test
  void what_is_held_outlives_its_pool_and_comes_back_with_it() {
    // Given
    TestLedger.putPool(ledger, "pool", TestRanges.of("192.0.2.10-192.0.2.11"));
    TestLedger.observe(ledger, TEN, List.of(Share.whole(WEB)), 5, 0);

    // When
    ledger.removePool("pool");

    // Then
    assertThat(ledger.heldBy(WEB.uid())).containsExactly(TEN);
    TestLedger.putPool(ledger, "pool", TestRanges.of("192.0.2.10-192.0.2.11"));
    assertThat(ledger.usage("pool")).isEqualTo(new Usage(2, 1));
    assertThat(TestLedger.choose(ledger, Share.whole(DB), Wish.any(IpFamily.IPv4)))
        .isEqualTo(new Choice.Assigned(ELEVEN, "pool"));
  }

  @Test
  void a_service_made_anew_gets_the_address_that_it_had_also_after_a_restart() {
    // Given
    TestLedger.putPool(ledger, "pool", TestRanges.of("192.0.2.0/24"));
    Choice before = TestLedger.choose(ledger, Share.whole(WEB), Wish.any(IpFamily.IPv4));
    ledger.giveUp(((Choice.Assigned) before).address(), WEB.uid());
    Claimant later = new Claimant(WEB.namespace(), WEB.name(), "uid-later");
    Ledger restarted = new Ledger();
    TestLedger.putPool(restarted, "pool", TestRanges.of("192.0.2.0/24"));

    // When
    Choice again = TestLedger.choose(ledger, Share.whole(later), Wish.any(IpFamily.IPv4));
    Choice afterRestart = TestLedger.choose(restarted, Share.whole(later), Wish.any(IpFamily.IPv4));

    // Then
    assertThat(again).isEqualTo(before);
    assertThat(afterRestart).isEqualTo(before);
  }

  @Test
  void a_pool_that_is_widened_gives_most_services_the_same_address() {
    // Given
    List<Share> services =
        IntStream.range(0, 200)
            .mapToObj(i -> Share.whole(new Claimant("shop", "web-" + i, "uid-" + i)))
            .toList();
    Ledger widened = new Ledger();
    TestLedger.putPool(ledger, "pool", TestRanges.of("10.0.0.0-10.0.7.255"));
    TestLedger.putPool(widened, "pool", TestRanges.of("10.0.0.0-10.0.8.255"));

    // When
    long same =
        services.stream()
            .filter(
                service ->
                    TestLedger.choose(ledger, service, Wish.any(IpFamily.IPv4))
                        .equals(TestLedger.choose(widened, service, Wish.any(IpFamily.IPv4))))
            .count();

    // Then
    assertThat(same).as("of 200; one in nine places is new").isGreaterThan(150);
  }

  @Test
  void late_news_of_an_address_that_was_let_go_does_not_bring_it_back() {
    // Given
    TestLedger.observe(ledger, TEN, List.of(Share.whole(WEB)), 5, 0);
    ledger.vanished(TEN, 6);

    // When
    TestLedger.observe(ledger, TEN, List.of(Share.whole(WEB)), 5, 0);

    // Then
    assertThat(ledger.heldCount()).isZero();
  }

  @Test
  void the_late_end_of_an_earlier_claim_does_not_end_the_new_one() {
    // Given
    TestLedger.observe(ledger, TEN, List.of(Share.whole(WEB)), 5, 0);
    ledger.vanished(TEN, 6);
    TestLedger.observe(ledger, TEN, List.of(Share.whole(WEB)), 9, 0);

    // When
    ledger.vanished(TEN, 8);

    // Then
    assertThat(ledger.heldBy(WEB.uid())).containsExactly(TEN);
  }

  @Test
  void the_late_end_of_an_earlier_claim_does_not_end_what_is_set_aside() {
    // Given
    TestLedger.putPool(ledger, "pool", TestRanges.of("192.0.2.10"));
    TestLedger.observe(ledger, TEN, List.of(Share.whole(WEB)), 5, 0);
    ledger.absent(TEN, WEB.uid(), 5);
    TestLedger.choose(ledger, Share.whole(WEB), Wish.any(IpFamily.IPv4));

    // When
    ledger.vanished(TEN, 8);

    // Then
    assertThat(TestLedger.choose(ledger, Share.whole(DB), Wish.any(IpFamily.IPv4)))
        .isInstanceOf(Choice.Exhausted.class);
  }

  @Test
  void a_claim_whose_answer_was_lost_stays_when_the_watch_has_shown_it() {
    // Given
    TestLedger.putPool(ledger, "pool", TestRanges.of("192.0.2.10"));
    TestLedger.choose(ledger, Share.whole(WEB), Wish.any(IpFamily.IPv4));
    TestLedger.observe(ledger, TEN, List.of(Share.whole(WEB)), 5, 0);

    // When
    ledger.giveUp(TEN, WEB.uid());

    // Then
    assertThat(ledger.heldBy(WEB.uid())).containsExactly(TEN);
  }

  @Test
  void of_several_the_oldest_claim_comes_first() {
    // When
    TestLedger.observe(ledger, TEN, List.of(Share.whole(WEB)), 6, 2000);
    TestLedger.observe(ledger, ELEVEN, List.of(Share.whole(WEB)), 5, 1000);

    // Then
    assertThat(ledger.heldBy(WEB.uid())).containsExactly(ELEVEN, TEN);
  }

  @Test
  void an_earlier_service_of_the_name_is_a_namesake() {
    // Given
    Claimant earlier = new Claimant("default", "web", "uid-earlier");
    TestLedger.observe(ledger, TEN, List.of(Share.whole(earlier)), 5, 0);
    TestLedger.observe(ledger, ELEVEN, List.of(Share.whole(WEB)), 6, 0);
    TestLedger.observe(
        ledger,
        ip("192.0.2.12"),
        List.of(Share.whole(new Claimant("elsewhere", "web", "uid-elsewhere"))),
        7,
        0);

    // When
    Set<Claimant> namesakes = ledger.namesakes(WEB);

    // Then
    assertThat(namesakes).containsExactly(earlier);
  }

  @Test
  void the_address_asked_for_is_given_from_the_first_pool_that_has_it() {
    // Given
    TestLedger.putPool(ledger, "a", TestRanges.of("192.0.2.10"));
    TestLedger.putPool(ledger, "b", TestRanges.of("192.0.2.10-192.0.2.11"));

    // When
    Choice choice = TestLedger.choose(ledger, Share.whole(WEB), asking("192.0.2.11", null));

    // Then
    assertThat(choice).isEqualTo(new Choice.Assigned(ELEVEN, "b"));
    assertThat(ledger.heldBy(WEB.uid())).containsExactly(ELEVEN);
  }

  @Test
  void out_of_the_pool_asked_for_comes_its_first_free_address() {
    // Given
    TestLedger.putPool(ledger, "a", TestRanges.of("192.0.2.10"));
    TestLedger.putPool(ledger, "b", TestRanges.of("192.0.2.11"));

    // When
    Choice choice = TestLedger.choose(ledger, Share.whole(WEB), asking(null, "b"));

    // Then
    assertThat(choice).isEqualTo(new Choice.Assigned(ELEVEN, "b"));
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        arguments(asking(null, "c"), new Choice.UnknownPool("c")),
        arguments(asking("192.0.2.12", "c"), new Choice.UnknownPool("c")),
        arguments(asking("192.0.2.12", null), new Choice.NotInPool(ip("192.0.2.12"), null)),
        arguments(asking("192.0.2.11", "a"), new Choice.NotInPool(ELEVEN, "a")),
        arguments(asking("192.0.2.10", null), new Choice.Taken(TEN, DB)),
        arguments(asking("192.0.2.10", "a"), new Choice.Taken(TEN, DB)),
        arguments(asking(null, "a"), new Choice.Exhausted(IpFamily.IPv4, List.of("a"))),
        arguments(asking(null, "v6"), new Choice.NoPool(IpFamily.IPv4, "v6")));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void what_cannot_be_had_is_refused_for_its_reason_and_nothing_is_set_aside(
      Wish wish, Choice expected) {
    // Given
    TestLedger.putPool(ledger, "a", TestRanges.of("192.0.2.10"));
    TestLedger.putPool(ledger, "b", TestRanges.of("192.0.2.11"));
    TestLedger.putPool(ledger, "v6", TestRanges.of("2001:db8::1"));
    TestLedger.observe(ledger, TEN, List.of(Share.whole(DB)), 5, 0);

    // When
    Choice choice = TestLedger.choose(ledger, Share.whole(WEB), wish);

    // Then
    assertThat(choice).isEqualTo(expected);
    assertThat(ledger.heldCount()).isEqualTo(1);
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
    TestLedger.putPool(ledger, "a", TestRanges.of("192.0.2.10"));
    TestLedger.putPool(ledger, "b", TestRanges.of("192.0.2.11"));

    // When
    boolean grants = TestLedger.grants(ledger, Share.whole(WEB), TEN, asking(address, pool));

    // Then
    assertThat(grants).isEqualTo(granted);
  }

  private static Wish asking(String address, String pool) {
    return new Wish(IpFamily.IPv4, address == null ? null : ip(address), pool);
  }

  @Test
  @Timeout(5)
  void a_huge_pool_costs_no_more_than_a_small_one() {
    // Given
    TestLedger.putPool(ledger, "huge", TestRanges.of("2001:db8::/32", "0.0.0.0/0"));
    Set<IpAddress> given = new HashSet<>();

    // When
    for (int i = 0; i < 20_000; i++) {
      given.add(
          ((Choice.Assigned) TestLedger.choose(ledger, Share.whole(WEB), Wish.any(IpFamily.IPv6)))
              .address());
    }

    // Then
    assertThat(given).hasSize(20_000);
    assertThat(ledger.usage("huge")).isEqualTo(new Usage(Long.MAX_VALUE, 20_000));
    assertThat(ledger.usage("huge").available()).isEqualTo(Long.MAX_VALUE);
  }

  private static IpAddress ip(String text) {
    return IpAddress.parse(text).orElseThrow();
  }
}
