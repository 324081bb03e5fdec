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

/** The rules of pools: which Services get addresses of them. */
@Tag("feature:address")
class PoolRulesTest extends PoolTestBase {

  private static final LabelMatcher TEAM_A =
      new LabelMatcher(
          Map.of("team", "a"),
          List.of(
              new LabelMatcher.LabelRequirement(
                  "tier", LabelMatcher.LabelOperator.In, List.of("x", "y"))));

  @Test
  void a_pool_without_auto_assign_is_only_for_services_that_request_it_or_an_address_of_it() {
    // Given
    ipam.pools().put("lan", ten(), policy().autoAssign(false).build());

    // When
    AllocationResult any = allocate(WEB, null, null);

    // Then
    assertThat(any).isEqualTo(rejectedBy(new PoolRejection.OnRequest("lan")));
    assertThat(allocate(WEB, null, "lan")).isEqualTo(new AllocationResult.Assigned(TEN, "lan"));
    allocator.cancel(TEN, WEB.uid());
    assertThat(allocate(WEB, TEN, null)).isEqualTo(new AllocationResult.Assigned(TEN, "lan"));
  }

  @Test
  void a_disabled_pool_allocates_nothing_and_its_services_keep_their_addresses() {
    // Given
    ipam.pools().put("lan", PoolRanges.of(TestRanges.of("192.0.2.10-192.0.2.11")), PoolPolicy.OPEN);
    allocator.observe(TEN, allocation(WEB, "lan"));

    // When
    Set<ServiceRef> concerned =
        ipam.pools()
            .put(
                "lan",
                PoolRanges.of(TestRanges.of("192.0.2.10-192.0.2.11")),
                policy().disabled(true).build());

    // Then
    assertThat(concerned).isEmpty();
    assertThat(allocate(DB, null, null)).isEqualTo(rejectedBy(new PoolRejection.Disabled("lan")));
    assertThat(allocate(DB, ELEVEN, null)).isEqualTo(rejectedBy(new PoolRejection.Disabled("lan")));
    assertThat(
            TestAllocator.satisfies(
                allocator, AddressClaim.whole(WEB), TEN, AddressRequest.any(IpFamily.IPv4)))
        .isTrue();
  }

  @Test
  void the_pool_with_the_highest_priority_comes_first_then_the_first_name() {
    // Given
    ipam.pools().put("a", PoolRanges.of(TestRanges.of("192.0.2.1")), PoolPolicy.OPEN);
    ipam.pools().put("b", PoolRanges.of(TestRanges.of("192.0.2.2")), policy().priority(5).build());
    ipam.pools().put("c", PoolRanges.of(TestRanges.of("192.0.2.3")), policy().priority(5).build());

    // When
    List<String> order =
        List.of(
            pool(allocate(WEB, null, null)),
            pool(allocate(DB, null, null)),
            pool(allocate(WEB, null, null)));

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
  void a_pool_can_select_namespaces_or_services_by_labels(
      @Nullable String labels, boolean selected) {
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
    AllocationResult bySpace = allocate(WEB, null, "spaces");
    AllocationResult byService =
        allocator.allocate(
            AddressClaim.whole(WEB),
            new AddressRequest(IpFamily.IPv4, null, "services"),
            new ServiceContext(labels(labels), false, Set.of()));

    // Then
    assertThat(bySpace)
        .isEqualTo(
            selected
                ? new AllocationResult.Assigned(TEN, "spaces")
                : rejectedBy(new PoolRejection.OtherNamespaces("spaces", TEAM_A)));
    assertThat(byService)
        .isEqualTo(
            selected
                ? new AllocationResult.Assigned(ELEVEN, "services")
                : rejectedBy(new PoolRejection.OtherServices("services", TEAM_A)));
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
  void no_selector_matches_a_namespace_whose_labels_are_not_known() {
    // Given
    LabelMatcher not =
        new LabelMatcher(
            Map.of(),
            List.of(
                new LabelMatcher.LabelRequirement(
                    "team", LabelMatcher.LabelOperator.DoesNotExist, List.of())));
    ipam.pools().put("lan", ten(), policy().namespaces(not).build());

    // When
    AllocationResult result = allocate(WEB, null, null);

    // Then
    assertThat(result).isEqualTo(rejectedBy(new PoolRejection.OtherNamespaces("lan", not)));
    assertThat(ipam.pools().putNamespace("shop", Map.of())).isTrue();
    assertThat(allocate(WEB, null, null)).isInstanceOf(AllocationResult.Assigned.class);
  }

  @Test
  void a_namespace_gets_no_more_than_its_quota_and_the_rejection_names_the_holders() {
    // Given
    ipam.pools()
        .put(
            "lan",
            PoolRanges.of(TestRanges.of("192.0.2.0/28")),
            policy().namespaceQuota(2).build());
    allocate(WEB, null, null);
    allocate(DB, null, null);

    // When
    AllocationResult third = allocate(new ServiceRef("shop", "mail", "uid-mail"), null, null);

    // Then
    assertThat(third)
        .isEqualTo(
            rejectedBy(new PoolRejection.QuotaReached("lan", "shop", 2, List.of("db", "web"))));
    assertThat(allocate(new ServiceRef("other", "web", "uid-other"), null, null))
        .isInstanceOf(AllocationResult.Assigned.class);
    allocator.cancel(allocator.addressesOf(DB.uid()).getFirst(), DB.uid());
    assertThat(allocate(new ServiceRef("shop", "mail", "uid-mail"), null, null))
        .isInstanceOf(AllocationResult.Assigned.class);
  }

  @Test
  void a_service_can_move_within_a_pool_although_the_quota_is_reached() {
    // Given
    ipam.pools()
        .put(
            "lan",
            PoolRanges.of(TestRanges.of("192.0.2.10-192.0.2.11")),
            policy().namespaceQuota(1).build());
    allocator.observe(TEN, allocation(WEB, "lan"));

    // When
    AllocationResult move = allocate(WEB, ELEVEN, null);

    // Then
    assertThat(move).isEqualTo(new AllocationResult.Assigned(ELEVEN, "lan"));
  }

  @Test
  void a_retained_address_counts_to_the_quota_of_its_namespace() {
    // Given
    ipam.pools()
        .put(
            "lan",
            PoolRanges.of(TestRanges.of("192.0.2.0/28")),
            policy().namespaceQuota(1).retains(true).build());
    allocator.observe(TEN, reserved("lan", new ReservationTarget("shop", "web")));

    // When
    AllocationResult other = allocate(DB, null, null);

    // Then
    assertThat(other)
        .isEqualTo(
            rejectedBy(
                new PoolRejection.QuotaReached("lan", "shop", 1, List.of("web (retained)"))));
    assertThat(allocate(WEB, null, null))
        .as("its own")
        .isInstanceOf(AllocationResult.Shareable.class);
  }

  @Test
  void a_retained_address_still_counts_after_its_pool_is_edited() {
    // Given
    ipam.pools()
        .put(
            "lan",
            PoolRanges.of(TestRanges.of("192.0.2.0/28")),
            policy().namespaceQuota(1).retains(true).build());
    allocator.observe(TEN, reserved("lan", new ReservationTarget("shop", "web")));

    // When
    ipam.pools()
        .put(
            "lan",
            PoolRanges.of(TestRanges.of("192.0.2.0/27")),
            policy().namespaceQuota(1).retains(true).build());

    // Then
    assertThat(allocate(DB, null, null)).isInstanceOf(AllocationResult.RejectedByPools.class);
  }

  @Test
  void an_address_that_a_person_reserves_for_a_namespace_does_not_count_to_its_quota() {
    // Given
    ipam.pools()
        .put(
            "lan",
            PoolRanges.of(TestRanges.of("192.0.2.0/28")),
            policy().namespaceQuota(1).build());
    allocator.observe(TEN, reserved("", new ReservationTarget("shop", "web")));

    // When
    AllocationResult other = allocate(DB, null, null);

    // Then
    assertThat(other).isInstanceOf(AllocationResult.Assigned.class);
  }

  private static Allocation reserved(String pool, ReservationTarget target) {
    return new Allocation(
        List.of(AddressClaim.whole(ServiceRef.reserved("192.0.2.10", "u"))), pool, target, 1, 0);
  }

  private static String pool(AllocationResult result) {
    return ((AllocationResult.Assigned) result).pool();
  }

  private static Map<String, String> labels(@Nullable String text) {
    return text == null
        ? Map.of()
        : Arrays.stream(text.split(" "))
            .map(label -> label.split("="))
            .collect(Collectors.toMap(label -> label[0], label -> label[1]));
  }
}
