package dev.ballast.operator.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.net.TestRanges;
import dev.ballast.operator.ipam.pool.LabelMatcher;
import dev.ballast.operator.ipam.pool.PoolPolicy;
import dev.ballast.operator.ipam.pool.PoolRanges;
import dev.ballast.operator.ipam.pool.PoolRejection;
import dev.ballast.operator.ipam.pool.ServiceContext;
import dev.ballast.operator.ipam.pool.ServiceRef;
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
  void a_pool_without_auto_assign_serves_explicit_requests_only() {
    // Given
    allocator.putPool("lan", ten(), policy().autoAssign(false).build());

    // When
    AllocationResult any = choose(WEB, null, null);

    // Then
    assertThat(any).isEqualTo(barred(new PoolRejection.OnRequest("lan")));
    assertThat(choose(WEB, null, "lan")).isEqualTo(new AllocationResult.Assigned(TEN, "lan"));
    allocator.giveUp(TEN, WEB.uid());
    assertThat(choose(WEB, TEN, null)).isEqualTo(new AllocationResult.Assigned(TEN, "lan"));
  }

  @Test
  void a_disabled_pool_assigns_no_more_and_moves_no_service() {
    // Given
    allocator.putPool(
        "lan", PoolRanges.of(TestRanges.of("192.0.2.10-192.0.2.11")), PoolPolicy.OPEN);
    allocator.observe(TEN, held(WEB, "lan"));

    // When
    Set<ServiceRef> concerned =
        allocator.putPool(
            "lan",
            PoolRanges.of(TestRanges.of("192.0.2.10-192.0.2.11")),
            policy().disabled(true).build());

    // Then
    assertThat(concerned).isEmpty();
    assertThat(choose(DB, null, null)).isEqualTo(barred(new PoolRejection.Disabled("lan")));
    assertThat(choose(DB, ELEVEN, null)).isEqualTo(barred(new PoolRejection.Disabled("lan")));
    assertThat(
            TestAllocator.grants(
                allocator, AddressClaim.whole(WEB), TEN, AddressRequest.any(IpFamily.IPv4)))
        .isTrue();
  }

  @Test
  void the_pool_with_the_highest_priority_comes_first_and_then_the_first_by_name() {
    // Given
    allocator.putPool("a", PoolRanges.of(TestRanges.of("192.0.2.1")), PoolPolicy.OPEN);
    allocator.putPool("b", PoolRanges.of(TestRanges.of("192.0.2.2")), policy().priority(5).build());
    allocator.putPool("c", PoolRanges.of(TestRanges.of("192.0.2.3")), policy().priority(5).build());

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
  void a_pool_may_select_namespaces_and_services_by_labels(@Nullable String labels, boolean given) {
    // Given
    allocator.putPool("spaces", ten(), policy().namespaces(TEAM_A).build());
    allocator.putPool(
        "services",
        PoolRanges.of(List.of(new AddressRange(ELEVEN, ELEVEN))),
        policy().services(TEAM_A).build());
    if (labels != null) {
      allocator.putNamespace("shop", labels(labels));
    }

    // When
    AllocationResult bySpace = choose(WEB, null, "spaces");
    AllocationResult byService =
        allocator.choose(
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
  void label_requirements_match_as_in_kubernetes(
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
  void no_selector_matches_a_namespace_with_unknown_labels() {
    // Given
    LabelMatcher not =
        new LabelMatcher(
            Map.of(),
            List.of(
                new LabelMatcher.LabelRequirement(
                    "team", LabelMatcher.LabelOperator.DoesNotExist, List.of())));
    allocator.putPool("lan", ten(), policy().namespaces(not).build());

    // When
    AllocationResult result = choose(WEB, null, null);

    // Then
    assertThat(result).isEqualTo(barred(new PoolRejection.OtherNamespaces("lan", not)));
    assertThat(allocator.putNamespace("shop", Map.of())).isTrue();
    assertThat(choose(WEB, null, null)).isInstanceOf(AllocationResult.Assigned.class);
  }

  @Test
  void a_namespace_stays_within_its_quota_and_the_message_names_the_holders() {
    // Given
    allocator.putPool(
        "lan", PoolRanges.of(TestRanges.of("192.0.2.0/28")), policy().namespaceQuota(2).build());
    choose(WEB, null, null);
    choose(DB, null, null);

    // When
    AllocationResult third = choose(new ServiceRef("shop", "mail", "uid-mail"), null, null);

    // Then
    assertThat(third)
        .isEqualTo(barred(new PoolRejection.QuotaReached("lan", "shop", 2, List.of("db", "web"))));
    assertThat(choose(new ServiceRef("other", "web", "uid-other"), null, null))
        .isInstanceOf(AllocationResult.Assigned.class);
    allocator.giveUp(allocator.heldBy(DB.uid()).getFirst(), DB.uid());
    assertThat(choose(new ServiceRef("shop", "mail", "uid-mail"), null, null))
        .isInstanceOf(AllocationResult.Assigned.class);
  }

  @Test
  void a_service_may_move_within_a_pool_at_the_quota() {
    // Given
    allocator.putPool(
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
