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
import org.junit.jupiter.params.provider.ValueSource;

/** To whom pools give, and what becomes of what they gave. */
@Tag("feature:address")
class PoolRulesTest {

  private static final Claimant WEB = new Claimant("shop", "web", "uid-web");
  private static final Claimant DB = new Claimant("shop", "db", "uid-db");
  private static final IpAddress TEN = ip("192.0.2.10");
  private static final IpAddress ELEVEN = ip("192.0.2.11");
  private static final Selector TEAM_A =
      new Selector(
          Map.of("team", "a"),
          List.of(new Selector.Requirement("tier", Selector.Operator.In, List.of("x", "y"))));

  private final Ledger ledger = new Ledger();

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

  @Test
  void what_is_excluded_or_avoided_is_neither_given_nor_counted_and_who_asks_is_told_why() {
    // Given
    ledger.putPool(
        "lan",
        new Offer(
            TestRanges.of("192.0.2.254-192.0.3.2", "2001:db8::/127"),
            TestRanges.of("192.0.3.1", "2001:db8::1-2001:db8::f"),
            true),
        PoolPolicy.OPEN);

    // When
    PoolReport report = ledger.report("lan");

    // Then
    assertThat(report.of(IpFamily.IPv4)).contains(new Usage(2, 0));
    assertThat(report.of(IpFamily.IPv6)).contains(new Usage(1, 0));
    assertThat(choose(WEB, ip("192.0.3.1"), null))
        .isEqualTo(
            new Choice.Withheld(ip("192.0.3.1"), "AddressPool lan excludes it (spec.exclude)"));
    assertThat(choose(WEB, ip("192.0.3.0"), null))
        .isEqualTo(
            new Choice.Withheld(
                ip("192.0.3.0"),
                "AddressPool lan avoids addresses that end in .0 or .255 (spec.avoidBuggyIPs)"));
    assertThat(choose(WEB, null, null)).isInstanceOf(Choice.Assigned.class);
    assertThat(choose(DB, null, null)).isInstanceOf(Choice.Assigned.class);
    assertThat(choose(DB, null, null)).isInstanceOf(Choice.Exhausted.class);
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
            new Standing(labels(labels), false));

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

  @Test
  void what_two_pools_have_is_given_by_the_one_that_comes_first() {
    // Given
    ledger.putPool("a", Offer.of(TestRanges.of("192.0.2.0-192.0.2.5")), PoolPolicy.OPEN);
    ledger.putPool(
        "b", Offer.of(TestRanges.of("192.0.2.4-192.0.2.9")), policy().priority(1).build());

    // When
    PoolReport first = ledger.report("b");
    PoolReport second = ledger.report("a");

    // Then
    assertThat(first.total()).isEqualTo(new Usage(6, 0));
    assertThat(second.total()).isEqualTo(new Usage(4, 0));
    assertThat(first.overlaps())
        .containsExactly("AddressPool a has 192.0.2.4-192.0.2.5, too, which this pool gives");
    assertThat(second.overlaps())
        .containsExactly("AddressPool b has 192.0.2.4-192.0.2.5, too, which that pool gives");
    assertThat(choose(WEB, ip("192.0.2.4"), "a"))
        .isEqualTo(
            new Choice.Withheld(
                ip("192.0.2.4"), "AddressPool b has it too, and gives it in place of a"));
  }

  @Test
  void an_address_of_a_node_is_never_given_and_what_else_the_cluster_has_is_told() {
    // Given
    ledger.putPool("lan", Offer.of(TestRanges.of("192.0.2.10-192.0.2.20")), PoolPolicy.OPEN);

    // When
    ledger.surround(
        new Surroundings(
            Map.of(TEN, "n1"),
            List.of(
                new Surroundings.Named(
                    "the Pod CIDR of node n2", TestRanges.of("192.0.2.16/28").getFirst()))));

    // Then
    assertThat(ledger.report("lan").overlaps())
        .containsExactly(
            "192.0.2.10 is the address of node n1, and is never given",
            "192.0.2.16-192.0.2.20 is of the Pod CIDR of node n2");
    assertThat(ledger.usage("lan")).isEqualTo(new Usage(10, 0));
    assertThat(choose(WEB, TEN, null))
        .isEqualTo(new Choice.Withheld(TEN, "it is the address of node n1"));
  }

  @Test
  void an_address_that_no_host_can_have_is_never_given_and_the_pool_says_so() {
    // Given
    ledger.putPool(
        "lan",
        Offer.of(
            TestRanges.of(
                "0.0.0.0",
                "223.255.255.255-224.0.0.1",
                "255.255.255.254/31",
                "::/127",
                "febf:ffff::-fec0::",
                "ff02::1")),
        PoolPolicy.OPEN);

    // When
    PoolReport report = ledger.report("lan");

    // Then
    assertThat(report.of(IpFamily.IPv4)).contains(new Usage(2, 0));
    assertThat(report.of(IpFamily.IPv6)).contains(new Usage(2, 0));
    assertThat(report.overlaps())
        .containsExactly(
            "0.0.0.0 is the unspecified address, and never given",
            "224.0.0.0-224.0.0.1 is multicast, and never given",
            "255.255.255.255 is the limited broadcast address, and never given",
            ":: is the unspecified address, and never given",
            "febf:ffff::-febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff is link-local, and never given",
            "ff02::1 is multicast, and never given");
    assertThat(choose(WEB, ip("224.0.0.1"), null))
        .isEqualTo(new Choice.Withheld(ip("224.0.0.1"), "it is multicast, and no host's"));
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.0/24, , true",
    "192.0.2.0/28, , true",
    "192.0.2.0-192.0.2.15, , true",
    "192.0.2.0/24, 192.0.2.0, true",
    "192.0.2.0/24, 192.0.2.0 192.0.2.255, false",
    "192.0.2.1-192.0.2.254, , false",
    "192.0.2.10/31, , false",
    "192.0.2.16/28, , false",
  })
  void a_pool_of_all_of_a_subnet_is_told_of_its_network_and_broadcast_address_and_gateway(
      String entry, @Nullable String excluded, boolean told) {
    // Given
    ledger.surround(new Surroundings(Map.of(TEN, "n1"), List.of()));

    // When
    ledger.putPool(
        "lan",
        new Offer(
            TestRanges.of(entry),
            excluded == null ? List.of() : TestRanges.of(excluded.split(" ")),
            false),
        PoolPolicy.OPEN);

    // Then
    assertThat(ledger.report("lan").overlaps().stream().anyMatch(word -> word.contains("gateway")))
        .isEqualTo(told);
  }

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
    Standing moves = new Standing(Map.of(), true);
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

  private Choice choose(Claimant claimant, @Nullable IpAddress address, @Nullable String pool) {
    return TestLedger.choose(ledger, Share.whole(claimant), new Wish(IpFamily.IPv4, address, pool));
  }

  private static String pool(Choice choice) {
    return ((Choice.Assigned) choice).pool();
  }

  private static Choice barred(Barrier barrier) {
    return new Choice.Barred(IpFamily.IPv4, List.of(barrier));
  }

  private static Offer ten() {
    return Offer.of(List.of(new AddressRange(TEN, TEN)));
  }

  private static Hold held(Claimant claimant, String pool) {
    return new Hold(List.of(Share.whole(claimant)), pool, null, 5, 0);
  }

  private static Hold kept(String namespace, @Nullable String service) {
    return new Hold(List.of(reserved()), "", new Reservation(namespace, service), 5, 0);
  }

  private static Share reserved() {
    return Share.whole(Claimant.reserved("192.0.2.10", "uid-of-address"));
  }

  private static Map<String, String> labels(@Nullable String words) {
    return words == null
        ? Map.of()
        : Arrays.stream(words.split(" "))
            .map(word -> word.split("="))
            .collect(Collectors.toMap(word -> word[0], word -> word[1]));
  }

  private static IpAddress ip(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  private static Policy policy() {
    return new Policy();
  }

  /** A policy that differs from an open one in some points. */
  private static final class Policy {

    private boolean autoAssign = true;
    private boolean disabled;
    private boolean deleting;
    private int priority;
    private Selector namespaces = Selector.ALL;
    private Selector services = Selector.ALL;
    private @Nullable Integer quota;
    private boolean retains;

    Policy autoAssign(boolean value) {
      autoAssign = value;
      return this;
    }

    Policy disabled(boolean value) {
      disabled = value;
      return this;
    }

    Policy deleting(boolean value) {
      deleting = value;
      return this;
    }

    Policy priority(int value) {
      priority = value;
      return this;
    }

    Policy namespaces(Selector value) {
      namespaces = value;
      return this;
    }

    Policy services(Selector value) {
      services = value;
      return this;
    }

    Policy namespaceQuota(int value) {
      quota = value;
      return this;
    }

    Policy retains(boolean value) {
      retains = value;
      return this;
    }

    PoolPolicy build() {
      return new PoolPolicy(
          autoAssign, disabled, deleting, priority, namespaces, services, quota, retains);
    }
  }
}
