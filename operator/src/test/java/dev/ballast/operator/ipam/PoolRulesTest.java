package dev.ballast.operator.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** To whom pools give. */
@Tag("feature:address")
class PoolRulesTest extends PoolsTest {

  private static final Selector TEAM_A =
      new Selector(
          Map.of("team", "a"),
          List.of(new Selector.Requirement("tier", Selector.Operator.In, List.of("x", "y"))));

  @Test
  void a_pool_without_auto_assign_is_for_those_who_ask_for_it_or_for_an_address_of_it() {
    // Given
    ledger.putPool("lan", ten(), policy().autoAssign(false).build());

    // When
    Choice any = choose(WEB, null, null);

    // Then
    assertThat(any).isEqualTo(barred(new Barrier.OnRequest("lan")));
    assertThat(choose(WEB, null, "lan")).isEqualTo(new Choice.Assigned(TEN, "lan"));
    ledger.giveUp(TEN, WEB.uid());
    assertThat(choose(WEB, TEN, null)).isEqualTo(new Choice.Assigned(TEN, "lan"));
  }

  @Test
  void a_disabled_pool_gives_no_more_and_takes_nothing_away() {
    // Given
    ledger.putPool("lan", Offer.of(TestRanges.of("192.0.2.10-192.0.2.11")), PoolPolicy.OPEN);
    ledger.observe(TEN, held(WEB, "lan"));

    // When
    Set<Claimant> concerned =
        ledger.putPool(
            "lan",
            Offer.of(TestRanges.of("192.0.2.10-192.0.2.11")),
            policy().disabled(true).build());

    // Then
    assertThat(concerned).isEmpty();
    assertThat(choose(DB, null, null)).isEqualTo(barred(new Barrier.Disabled("lan")));
    assertThat(choose(DB, ELEVEN, null)).isEqualTo(barred(new Barrier.Disabled("lan")));
    assertThat(TestLedger.grants(ledger, Share.whole(WEB), TEN, Wish.any(IpFamily.IPv4))).isTrue();
  }

  @Test
  void the_pool_of_the_highest_priority_comes_first_and_of_equals_by_name() {
    // Given
    ledger.putPool("a", Offer.of(TestRanges.of("192.0.2.1")), PoolPolicy.OPEN);
    ledger.putPool("b", Offer.of(TestRanges.of("192.0.2.2")), policy().priority(5).build());
    ledger.putPool("c", Offer.of(TestRanges.of("192.0.2.3")), policy().priority(5).build());

    // When
    List<String> order =
        List.of(
            pool(choose(WEB, null, null)),
            pool(choose(DB, null, null)),
            pool(choose(WEB, null, null)));

    // Then
    assertThat(order).containsExactly("b", "c", "a");
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "team=a tier=x, true",
        "team=a tier=y other=z, true",
        "team=a tier=z, false",
        "team=a, false",
        "team=b tier=x, false",
        "-, false",
      })
  void a_pool_may_be_for_namespaces_or_services_with_certain_labels(
      @Nullable String labels, boolean given) {
    // Given
    ledger.putPool("spaces", ten(), policy().namespaces(TEAM_A).build());
    ledger.putPool(
        "services",
        Offer.of(List.of(new AddressRange(ELEVEN, ELEVEN))),
        policy().services(TEAM_A).build());
    if (labels != null) {
      ledger.putNamespace("shop", labels(labels));
    }

    // When
    Choice bySpace = choose(WEB, null, "spaces");
    Choice byService =
        ledger.choose(
            Share.whole(WEB),
            new Wish(IpFamily.IPv4, null, "services"),
            new Standing(labels(labels), false, Set.of()));

    // Then
    assertThat(bySpace)
        .isEqualTo(
            given
                ? new Choice.Assigned(TEN, "spaces")
                : barred(new Barrier.OtherNamespaces("spaces", TEAM_A)));
    assertThat(byService)
        .isEqualTo(
            given
                ? new Choice.Assigned(ELEVEN, "services")
                : barred(new Barrier.OtherServices("services", TEAM_A)));
    assertThat(TEAM_A).hasToString("team=a, tier in (x, y)");
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "In,           a,  true",
        "In,           b,  false",
        "In,           -,  false",
        "NotIn,        a,  false",
        "NotIn,        b,  true",
        "NotIn,        -,  true",
        "Exists,       b,  true",
        "Exists,       -,  false",
        "DoesNotExist, b,  false",
        "DoesNotExist, -,  true",
      })
  void requirements_are_read_as_kubernetes_does(
      Selector.Operator operator, @Nullable String value, boolean matches) {
    // Given
    Selector selector =
        new Selector(Map.of(), List.of(new Selector.Requirement("team", operator, List.of("a"))));

    // When
    boolean matched = selector.matches(value == null ? Map.of() : Map.of("team", value));

    // Then
    assertThat(matched).isEqualTo(matches);
  }

  @Test
  void while_the_labels_of_a_namespace_are_not_known_no_selector_takes_it() {
    // Given
    Selector not =
        new Selector(
            Map.of(),
            List.of(new Selector.Requirement("team", Selector.Operator.DoesNotExist, List.of())));
    ledger.putPool("lan", ten(), policy().namespaces(not).build());

    // When
    Choice choice = choose(WEB, null, null);

    // Then
    assertThat(choice).isEqualTo(barred(new Barrier.OtherNamespaces("lan", not)));
    assertThat(ledger.putNamespace("shop", Map.of())).isTrue();
    assertThat(choose(WEB, null, null)).isInstanceOf(Choice.Assigned.class);
  }

  @Test
  void a_namespace_has_no_more_than_its_quota_and_the_refusal_names_the_holders() {
    // Given
    ledger.putPool(
        "lan", Offer.of(TestRanges.of("192.0.2.0/28")), policy().namespaceQuota(2).build());
    choose(WEB, null, null);
    choose(DB, null, null);

    // When
    Choice third = choose(new Claimant("shop", "mail", "uid-mail"), null, null);

    // Then
    assertThat(third)
        .isEqualTo(barred(new Barrier.QuotaReached("lan", "shop", 2, List.of("db", "web"))));
    assertThat(choose(new Claimant("other", "web", "uid-other"), null, null))
        .isInstanceOf(Choice.Assigned.class);
    ledger.giveUp(ledger.heldBy(DB.uid()).getFirst(), DB.uid());
    assertThat(choose(new Claimant("shop", "mail", "uid-mail"), null, null))
        .isInstanceOf(Choice.Assigned.class);
  }

  @Test
  void a_service_may_move_within_a_pool_although_the_quota_is_reached() {
    // Given
    ledger.putPool(
        "lan",
        Offer.of(TestRanges.of("192.0.2.10-192.0.2.11")),
        policy().namespaceQuota(1).build());
    ledger.observe(TEN, held(WEB, "lan"));

    // When
    Choice move = choose(WEB, ELEVEN, null);

    // Then
    assertThat(move).isEqualTo(new Choice.Assigned(ELEVEN, "lan"));
  }

  private static String pool(Choice choice) {
    return ((Choice.Assigned) choice).pool();
  }

  private static Map<String, String> labels(@Nullable String words) {
    return words == null
        ? Map.of()
        : Arrays.stream(words.split(" "))
            .map(word -> word.split("="))
            .collect(Collectors.toMap(word -> word[0], word -> word[1]));
  }
}
