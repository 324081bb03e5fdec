package dev.ballast.operator.service.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.FrontendReport;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.api.v1alpha1.LoadBalancerSpec;
import dev.ballast.api.v1alpha1.LoadBalancerStatus;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.api.v1alpha1.OwnershipClaim;
import dev.ballast.operator.ipam.net.IpAddress;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("feature:status")
class LoadBalancerStateTest {

  private static final String V4 = "192.0.2.10";
  private static final String V6 = "2001:db8::10";
  private static final FrontendReport LISTENING = new FrontendReport(80, "TCP", true, null, null);
  private static final FrontendReport TAKEN =
      new FrontendReport(80, "TCP", false, "PortInUse", "Another process uses it.");

  @Test
  void a_load_balancer_without_reports_is_not_announced() {
    // Given
    LoadBalancer loadBalancer = loadBalancer(List.of(V4));
    loadBalancer.setStatus(null);

    // When
    LoadBalancerState state = LoadBalancerState.of(loadBalancer, List.of());

    // Then
    assertThat(state)
        .isEqualTo(new LoadBalancerState.Unannounced(List.of(V4), List.of(), Optional.empty()));
  }

  @Test
  void a_load_balancer_is_announced_when_a_node_announces_every_address() {
    // When
    LoadBalancerState state =
        LoadBalancerState.of(
            loadBalancer(List.of(V4), report("n1", 3L, List.of(V4), LISTENING)), List.of());

    // Then
    assertThat(state).isEqualTo(announced(V4, "n1", LISTENING));
  }

  @Test
  void of_two_nodes_that_announce_an_address_the_one_with_the_higher_epoch_counts() {
    // Given
    NodeReport former =
        report("n1", 3L, List.of(V4), LISTENING)
            .withClaims(List.of(new OwnershipClaim(V4, 1, null, null, null)));
    var claim = new OwnershipClaim(V4, 2, null, "n1", OwnershipClaim.NODE_EXCLUDED);
    NodeReport owner = report("n2", 3L, List.of(V4), LISTENING).withClaims(List.of(claim));

    // When
    LoadBalancerState state =
        LoadBalancerState.of(loadBalancer(List.of(V4), former, owner), List.of());

    // Then
    assertThat(state)
        .isEqualTo(
            new LoadBalancerState.Announced(
                List.of(
                    new LoadBalancerState.Announcement(
                        V4, "n2", List.of(LISTENING), Optional.of(claim)))));
  }

  @ParameterizedTest
  @CsvSource({
    "3, AddressInUse, true",
    "3, AddressUnusable, true",
    "3, PermissionDenied, false",
    "2, AddressInUse, false"
  })
  void the_current_report_decides_that_an_address_is_in_conflict(
      long generation, String reason, boolean conflict) {
    // Given
    List<AddressReport> refused = List.of(new AddressReport(V4, reason, "not here"));
    LoadBalancer loadBalancer =
        loadBalancer(
            List.of(V4),
            new NodeReport("n1", generation, List.of(), refused, List.of(), "0/0", List.of()));

    // When
    Optional<String> why =
        LoadBalancerState.conflict(loadBalancer, IpAddress.parse(V4).orElseThrow());

    // Then
    assertThat(why).isEqualTo(conflict ? Optional.of("not here") : Optional.empty());
  }

  @Test
  void only_the_reported_address_is_in_conflict() {
    // Given
    List<AddressReport> conflicting =
        List.of(new AddressReport(V4, AddressReport.IN_USE, "another machine uses it"));
    LoadBalancer loadBalancer =
        loadBalancer(
            List.of(V4, V6),
            new NodeReport(
                "n1",
                3L,
                List.of(V4, V6),
                List.of(),
                conflicting,
                List.of(),
                "0/0",
                List.of(),
                null,
                List.of(),
                List.of()));

    // When
    Optional<String> why =
        LoadBalancerState.conflict(loadBalancer, IpAddress.parse(V4).orElseThrow());

    // Then
    assertThat(why).contains("another machine uses it");
    assertThat(LoadBalancerState.conflict(loadBalancer, IpAddress.parse(V6).orElseThrow()))
        .isEmpty();
  }

  @Test
  void a_report_on_an_older_generation_is_ignored() {
    // When
    LoadBalancerState state =
        LoadBalancerState.of(
            loadBalancer(List.of(V4), report("n1", 2L, List.of(V4), LISTENING)), List.of());

    // Then
    assertThat(state)
        .isEqualTo(new LoadBalancerState.Unannounced(List.of(V4), List.of(), Optional.empty()));
  }

  @Test
  void a_report_without_a_generation_is_ignored() {
    // When
    LoadBalancerState state =
        LoadBalancerState.of(
            loadBalancer(List.of(V4), report("n1", null, List.of(V4), LISTENING)), List.of());

    // Then
    assertThat(state)
        .isEqualTo(new LoadBalancerState.Unannounced(List.of(V4), List.of(), Optional.empty()));
  }

  @Test
  void the_current_report_of_two_owners_counts() {
    // When
    LoadBalancerState state =
        LoadBalancerState.of(
            loadBalancer(
                List.of(V4),
                report("dead", 2L, List.of(V4), TAKEN),
                report("n2", 3L, List.of(V4), LISTENING)),
            List.of());

    // Then
    assertThat(state).isEqualTo(announced(V4, "n2", LISTENING));
  }

  @Test
  void one_missing_address_leaves_the_load_balancer_unannounced() {
    // When
    LoadBalancerState state =
        LoadBalancerState.of(
            loadBalancer(List.of(V4, V6), report("n1", 3L, List.of(V4), LISTENING)), List.of());

    // Then
    assertThat(state)
        .isEqualTo(new LoadBalancerState.Unannounced(List.of(V4, V6), List.of(), Optional.empty()));
  }

  @Test
  void a_node_that_announces_another_address_does_not_count() {
    // When
    LoadBalancerState state =
        LoadBalancerState.of(
            loadBalancer(List.of(V4), report("n1", 3L, List.of("192.0.2.11"), LISTENING)),
            List.of());

    // Then
    assertThat(state)
        .isEqualTo(new LoadBalancerState.Unannounced(List.of(V4), List.of(), Optional.empty()));
  }

  @Test
  void two_nodes_may_announce_one_address_each_and_report_their_own_ports() {
    // When
    LoadBalancerState state =
        LoadBalancerState.of(
            loadBalancer(
                List.of(V4, V6),
                report("n2", 3L, List.of(V6), TAKEN),
                report("n1", 3L, List.of(V4), LISTENING)),
            List.of());

    // Then
    assertThat(state)
        .isEqualTo(
            new LoadBalancerState.Announced(
                List.of(
                    new LoadBalancerState.Announcement(
                        V4, "n1", List.of(LISTENING), Optional.empty()),
                    new LoadBalancerState.Announcement(
                        V6, "n2", List.of(TAKEN), Optional.empty()))));
  }

  @Test
  void an_address_that_is_being_replaced_need_not_be_announced() {
    // When
    LoadBalancerState state =
        LoadBalancerState.of(
            loadBalancer(List.of(V4, "192.0.2.11"), report("n1", 3L, List.of(V4), LISTENING)),
            List.of("192.0.2.11"));

    // Then
    assertThat(state).isEqualTo(announced(V4, "n1", LISTENING));
  }

  @Test
  void a_load_balancer_without_addresses_is_not_announced() {
    // When
    LoadBalancerState state =
        LoadBalancerState.of(
            loadBalancer(List.of(), report("n1", 3L, List.of(), LISTENING)), List.of());

    // Then
    assertThat(state)
        .isEqualTo(new LoadBalancerState.Unannounced(List.of(), List.of(), Optional.empty()));
  }

  @ParameterizedTest
  @CsvSource({
    "3, False, AllNodesExcluded, true",
    "2, False, AllNodesExcluded, false",
    "3, True, AllNodesExcluded, false",
    "3, False, WaitingForDataPlane, false",
  })
  void the_cause_that_nodes_report_is_passed_on(
      long generation, String status, String reason, boolean reported) {
    // Given
    LoadBalancer loadBalancer = loadBalancer(List.of(V4));
    Condition condition =
        new ConditionBuilder()
            .withType("Announced")
            .withStatus(status)
            .withObservedGeneration(generation)
            .withReason(reason)
            .withMessage("every node is excluded")
            .build();
    loadBalancer.setStatus(new LoadBalancerStatus(List.of(condition), List.of()));

    // When
    LoadBalancerState state = LoadBalancerState.of(loadBalancer, List.of());

    // Then
    assertThat(((LoadBalancerState.Unannounced) state).obstacle())
        .isEqualTo(
            reported
                ? Optional.of(
                    new LoadBalancerState.Obstacle("AllNodesExcluded", "every node is excluded"))
                : Optional.empty());
  }

  @ParameterizedTest
  @CsvSource({
    "Limited, True, 3, true",
    // A raised limit is a new generation, and the rejections last a moment longer.
    "Limited, True, 2, true",
    "Limited, False, 3, false",
    "Conflict, True, 3, false"
  })
  void the_rejections_are_what_the_condition_of_the_nodes_says(
      String type, String status, long generation, boolean rejected) {
    // Given
    LoadBalancer loadBalancer = loadBalancer(List.of(V4));
    Condition condition =
        new ConditionBuilder()
            .withType(type)
            .withStatus(status)
            .withObservedGeneration(generation)
            .withReason("ServiceLimit")
            .withMessage("Raise the limit.")
            .build();
    loadBalancer.setStatus(new LoadBalancerStatus(List.of(condition), List.of()));

    // When
    Optional<String> why = LoadBalancerState.rejections(loadBalancer);

    // Then
    assertThat(why).isEqualTo(rejected ? Optional.of("Raise the limit.") : Optional.empty());
  }

  private static LoadBalancerState announced(String address, String node, FrontendReport port) {
    return new LoadBalancerState.Announced(
        List.of(
            new LoadBalancerState.Announcement(address, node, List.of(port), Optional.empty())));
  }

  private static NodeReport report(
      String node, Long generation, List<String> announcing, FrontendReport port) {
    return new NodeReport(node, generation, announcing, List.of(), List.of(port), "1/1", List.of());
  }

  private static LoadBalancer loadBalancer(List<String> addresses, NodeReport... reports) {
    LoadBalancer loadBalancer = new LoadBalancer();
    loadBalancer.getMetadata().setGeneration(3L);
    loadBalancer.setSpec(
        new LoadBalancerSpec(addresses, List.of(), null, null, List.of(), null, null, null));
    loadBalancer.setStatus(new LoadBalancerStatus(List.of(), List.of(reports)));
    return loadBalancer;
  }
}
