package dev.ballast.chart;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RBAC of the service accounts: the lists are complete. */
@ExtendWith(ChartRelease.OnApiServer.class)
class ChartRightsTest {

  private final ChartRelease release;

  ChartRightsTest(ChartRelease release) {
    this.release = release;
  }

  @BeforeAll
  static void the_chart_is_installed(ChartRelease release) {
    release.isInstalled();
  }

  @Test
  void the_operator_has_these_rights_and_no_others() {
    assertThat(rights(installed().named(ClusterRole.class, "ballast-operator").getRules()))
        .containsExactlyInAnyOrder(
            "/namespaces: get list watch",
            "/nodes: get list watch",
            "/services/status: patch update",
            "/services: get list watch patch update",
            "ballast.dev/addresses/status: patch",
            "ballast.dev/addresses: get list watch create update patch delete",
            "ballast.dev/addresspools/status: patch",
            "ballast.dev/addresspools: get list watch patch",
            "ballast.dev/loadbalancers/status: patch",
            "ballast.dev/loadbalancers: get list watch create update patch delete",
            "ballast.dev/loadbalancernodes: list delete",
            "events.k8s.io/events: create patch",
            "networking.k8s.io/servicecidrs: list");
  }

  @Test
  void in_its_own_namespace_the_operator_has_leader_election_and_creates_a_secret_too() {
    assertThat(rights(installed().named(Role.class, "ballast-operator").getRules()))
        .containsExactly(
            "coordination.k8s.io/leases: get create update patch",
            "/secrets: create",
            "/secrets: get");
  }

  @Test
  void the_data_plane_has_these_rights_and_no_others() {
    assertThat(rights(installed().named(ClusterRole.class, "ballast-dataplane").getRules()))
        .containsExactlyInAnyOrder(
            "/nodes: list watch",
            "ballast.dev/addresses: list watch",
            "ballast.dev/addresspools: list watch",
            "ballast.dev/loadbalancers/status: patch",
            "ballast.dev/loadbalancers: list watch",
            "ballast.dev/loadbalancernodes/status: patch",
            "ballast.dev/loadbalancernodes: list watch create patch delete",
            "discovery.k8s.io/endpointslices: list watch");
  }

  @Test
  void in_its_own_namespace_the_data_plane_sees_Pods_and_the_heartbeat_keys_too() {
    assertThat(rights(installed().named(Role.class, "ballast-dataplane").getRules()))
        .containsExactly("/pods: list watch", "/secrets: list watch");
  }

  private ChartObjects installed() {
    return new ChartObjects(release.objects());
  }

  private static List<String> rights(List<PolicyRule> rules) {
    return rules.stream()
        .flatMap(
            rule ->
                rule.getApiGroups().stream()
                    .flatMap(
                        group ->
                            rule.getResources().stream()
                                .map(
                                    resource ->
                                        "%s/%s: %s"
                                            .formatted(
                                                group,
                                                resource,
                                                String.join(" ", rule.getVerbs())))))
        .toList();
  }

  @ParameterizedTest(name = "the {0} may {1}: {2}")
  @CsvSource({
    "operator, patch services --subresource=status -n default, true",
    "operator, create events.events.k8s.io -n default, true",
    "operator, update leases.coordination.k8s.io -n ballast-system, true",
    "operator, update leases.coordination.k8s.io -n default, false",
    "operator, get secrets -n default, false",
    "operator, create secrets -n default, false",
    "operator, create secrets -n ballast-system, true",
    "operator, get secrets/ballast-heartbeat-keys -n ballast-system, true",
    "operator, get secrets/other -n ballast-system, false",
    "operator, list secrets -n ballast-system, false",
    "operator, update secrets/ballast-heartbeat-keys -n ballast-system, false",
    "operator, delete secrets/ballast-heartbeat-keys -n ballast-system, false",
    "dataplane, get secrets/ballast-heartbeat-keys -n ballast-system, false",
    "operator, delete services -n default, false",
    "dataplane, patch loadbalancers.ballast.dev --subresource=status -n default, true",
    "dataplane, watch pods -n ballast-system, true",
    "dataplane, watch pods -n default, false",
    "dataplane, watch nodes -n default, true",
    "dataplane, patch nodes -n default, false",
    "dataplane, patch services --subresource=status -n default, false"
  })
  void the_API_server_allows_what_is_in_the_rules(String account, String action, boolean expected) {
    assertThat(release.may(account, action)).isEqualTo(expected);
  }
}
