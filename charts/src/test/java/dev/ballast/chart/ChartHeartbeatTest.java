package dev.ballast.chart;

import static dev.ballast.chart.ChartObjects.environment;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The keys and the port of the heartbeats, as helm renders them. */
class ChartHeartbeatTest {

  private static final String SECRET = "BALLAST_HEARTBEAT_SECRET";

  @Test
  void the_data_plane_reads_the_keys_from_the_secret_that_the_operator_creates() {
    // When
    ChartObjects objects = Chart.objects();

    // Then
    assertThat(environment(objects.dataPlane()))
        .containsEntry(SECRET, "ballast-heartbeat-keys")
        .containsEntry("BALLAST_PEER_PORT", "7477");
    assertThat(environment(objects.operator())).containsEntry(SECRET, "ballast-heartbeat-keys");
  }

  @Test
  void the_data_plane_may_read_this_secret_alone() {
    // When
    Stream<PolicyRule> rights = rightsOnSecrets(Chart.objects(), "ballast-dataplane");

    // Then
    assertThat(rights)
        .singleElement()
        .satisfies(
            rule -> {
              assertThat(rule.getResourceNames()).containsExactly("ballast-heartbeat-keys");
              assertThat(rule.getVerbs()).containsExactlyInAnyOrder("list", "watch");
            });
  }

  @Test
  void a_secret_of_the_user_is_mounted_and_the_operator_creates_none() {
    // When
    ChartObjects objects = Chart.objects("--set", "dataplane.heartbeat.existingSecret=mine");

    // Then
    assertThat(environment(objects.dataPlane())).containsEntry(SECRET, "mine");
    assertThat(environment(objects.operator())).doesNotContainKey(SECRET);
    assertThat(rightsOnSecrets(objects, "ballast-operator")).isEmpty();
  }

  @Test
  void without_heartbeats_nothing_of_the_secret_is_left() {
    // When
    ChartObjects objects = Chart.objects("--set", "dataplane.heartbeat.enabled=false");

    // Then
    assertThat(environment(objects.dataPlane())).doesNotContainKey(SECRET);
    assertThat(environment(objects.operator())).doesNotContainKey(SECRET);
    assertThat(rightsOnSecrets(objects, "")).isEmpty();
  }

  @Test
  void the_values_of_a_chart_without_heartbeats_bring_them() {
    // When
    ChartObjects objects =
        Chart.objects("--set", "dataplane.heartbeat=null,dataplane.peerPort=null");

    // Then
    assertThat(environment(objects.dataPlane()))
        .containsEntry(SECRET, "ballast-heartbeat-keys")
        .containsEntry("BALLAST_PEER_PORT", "7477");
    assertThat(environment(objects.operator())).containsKey(SECRET);
  }

  @Test
  void the_port_is_that_of_the_value() {
    assertThat(environment(Chart.objects("--set", "dataplane.peerPort=17477").dataPlane()))
        .containsEntry("BALLAST_PEER_PORT", "17477");
  }

  /** A key in a manifest would be in every repository of GitOps, and change with each rendering. */
  @ParameterizedTest
  @MethodSource("dev.ballast.chart.Chart#filesOfValues")
  void no_key_is_in_the_manifests_of(Path values) {
    assertThat(Chart.objects("-f", values.toString()).of(Secret.class)).isEmpty();
  }

  @Test
  void two_renderings_are_the_same() {
    assertThat(Chart.manifests()).isEqualTo(Chart.manifests());
  }

  /**
   * @param role the start of its name
   */
  private static Stream<PolicyRule> rightsOnSecrets(ChartObjects objects, String role) {
    return objects.of(Role.class).stream()
        .filter(it -> it.getMetadata().getName().startsWith(role))
        .flatMap(it -> it.getRules().stream())
        .filter(rule -> rule.getResources().contains("secrets"));
  }
}
