package dev.ballast.operator.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.LabelMatcher;
import dev.ballast.operator.ipam.pool.PoolPolicy;
import dev.ballast.operator.ipam.pool.PoolRanges;
import dev.ballast.operator.ipam.pool.PoolRejection;
import dev.ballast.operator.ipam.pool.ServiceContext;
import dev.ballast.operator.ipam.pool.ServiceRef;
import dev.ballast.operator.ipam.pool.TestRanges;
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
class PoolRulesTest extends PoolTableTest {

  private static final LabelMatcher TEAM_A =
      new LabelMatcher(
          Map.of("team", "a"),
          List.of(
              new LabelMatcher.LabelRequirement(
                  "tier", LabelMatcher.LabelOperator.In, List.of("x", "y"))));

  @Test
  void a_pool_without_auto_assign_is_for_those_who_ask_for_it_or_for_an_address_of_it() {
    // Given
    ipam.pools().put("lan", ten(), policy().autoAssign(false).build());

    // When
    AllocationResult any = choose(WEB, null, null);

    // Then
    assertThat(any).isEqualTo(barred(new PoolRejection.OnRequest("lan")));
    assertThat(choose(WEB, null, "lan")).isEqualTo(new AllocationResult.Assigned(TEN, "lan"));
    allocator.cancel(TEN, WEB.uid());
    assertThat(choose(WEB, TEN, null)).isEqualTo(new AllocationResult.Assigned(TEN, "lan"));
  }

  @Test
  void a_disabled_pool_gives_no_more_and_takes_nothing_away() {
    // Given
    ipam.pools().put("lan", PoolRanges.of(TestRanges.of("192.0.2.10-192.0.2.11")), PoolPolicy.OPEN);
    allocator.observe(TEN, held(WEB, "lan"));

    // When
    Set<ServiceRef> concerned =
        ipam.pools()
            .put(
                "lan",
                PoolRanges.of(TestRanges.of("192.0.2.10-192.0.2.11")),
                policy().disabled(true).build());

    // Then
    assertThat(concerned).isEmpty();
    assertThat(choose(DB, null, null)).isEqualTo(barred(new PoolRejection.Disabled("lan")));
    assertThat(choose(DB, ELEVEN, null)).isEqualTo(barred(new PoolRejection.Disabled("lan")));
    assertThat(
            TestAllocator.satisfies(
                allocator, AddressClaim.whole(WEB), TEN, AddressRequest.any(IpFamily.IPv4)))
        .isTrue();
  }

  @Test
  void the_pool_of_the_highest_priority_comes_first_and_of_equals_by_name() {
    // Given
    ipam.pools().put("a", PoolRanges.of(TestRanges.of("192.0.2.1")), PoolPolicy.OPEN);
    ipam.pools().put("b", PoolRanges.of(TestRanges.of("192.0.2.2")), policy().priority(5).build());
    ipam.pools().put("c", PoolRanges.of(TestRanges.of("192.0.2.3")), policy().priority(5).build());

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
    ipam.pools().put("spaces", ten(), policy().namespaces(TEAM_A).build());
    ipam.pools()
        .put(
            "services",
            PoolRanges.of(List.of(new AddressRange(ELEVEN, ELEVEN))),
            policy().services(TEAM_A).build());
    if (labels != null) {
      ipam.pools().putNamespace("shop", labels(labels));
    }

    // When
    AllocationResult bySpace = choose(WEB, null, "spaces");
    AllocationResult byService =
        allocator.allocate(
            AddressClaim.whole(WEB),
            new AddressRequest(IpFamily.IPv4, null, "services"),
            new ServiceContext(labels(labels), false, Set.of()));

    // Then
    assertThat(bySpace)
        .isEqualTo(
            given
                ? new AllocationResult.Assigned(TEN, "spaces")
                : barred(new PoolRejection.OtherNamespaces("spaces", TEAM_A)));
    assertThat(byService)
        .isEqualTo(
            given
                ? new AllocationResult.Assigned(ELEVEN, "services")
                : barred(new PoolRejection.OtherServices("services", TEAM_A)));
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
      LabelMatcher.LabelOperator labelOperator, @Nullable String value, boolean matches) {
    // Given
    LabelMatcher selector =
        new LabelMatcher(
            Map.of(),
            List.of(new LabelMatcher.LabelRequirement("team", labelOperator, List.of("a"))));

    // When
    boolean matched = selector.matches(value == null ? Map.of() : Map.of("team", value));

    // Then
    assertThat(matched).isEqualTo(matches);
  }

  @Test
  void while_the_labels_of_a_namespace_are_not_known_no_selector_takes_it() {
    // Given
    LabelMatcher not =
        new LabelMatcher(
            Map.of(),
            List.of(
                new LabelMatcher.LabelRequirement(
                    "team", LabelMatcher.LabelOperator.DoesNotExist, List.of())));
    ipam.pools().put("lan", ten(), policy().namespaces(not).build());

    // When
    AllocationResult result = choose(WEB, null, null);

    // Then
    assertThat(result).isEqualTo(barred(new PoolRejection.OtherNamespaces("lan", not)));
    assertThat(ipam.pools().putNamespace("shop", Map.of())).isTrue();
    assertThat(choose(WEB, null, null)).isInstanceOf(AllocationResult.Assigned.class);
  }

  @Test
  void a_namespace_has_no_more_than_its_quota_and_the_refusal_names_the_holders() {
    // Given
    ipam.pools()
        .put(
            "lan",
            PoolRanges.of(TestRanges.of("192.0.2.0/28")),
            policy().namespaceQuota(2).build());
    choose(WEB, null, null);
    choose(DB, null, null);

    // When
    AllocationResult third = choose(new ServiceRef("shop", "mail", "uid-mail"), null, null);

    // Then
    assertThat(third)
        .isEqualTo(barred(new PoolRejection.QuotaReached("lan", "shop", 2, List.of("db", "web"))));
    assertThat(choose(new ServiceRef("other", "web", "uid-other"), null, null))
        .isInstanceOf(AllocationResult.Assigned.class);
    allocator.cancel(allocator.addressesOf(DB.uid()).getFirst(), DB.uid());
    assertThat(choose(new ServiceRef("shop", "mail", "uid-mail"), null, null))
        .isInstanceOf(AllocationResult.Assigned.class);
  }

  @Test
  void a_service_may_move_within_a_pool_although_the_quota_is_reached() {
    // Given
    ipam.pools()
        .put(
            "lan",
            PoolRanges.of(TestRanges.of("192.0.2.10-192.0.2.11")),
            policy().namespaceQuota(1).build());
    allocator.observe(TEN, held(WEB, "lan"));

    // When
    AllocationResult move = choose(WEB, ELEVEN, null);

    // Then
    assertThat(move).isEqualTo(new AllocationResult.Assigned(ELEVEN, "lan"));
  }

  private static String pool(AllocationResult result) {
    return ((AllocationResult.Assigned) result).pool();
  }

  private static Map<String, String> labels(@Nullable String words) {
    return words == null
        ? Map.of()
        : Arrays.stream(words.split(" "))
            .map(word -> word.split("="))
            .collect(Collectors.toMap(word -> word[0], word -> word[1]));
  }
}
