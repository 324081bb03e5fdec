package dev.ballast.chart;

import static dev.ballast.chart.ChartObjects.environment;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretVolumeSource;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The keys and the port of the heartbeats, as helm renders them. */
class ChartHeartbeatTest {

  private static final String KEYS = "BALLAST_HEARTBEAT_KEYS";
  private static final String SECRET = "BALLAST_HEARTBEAT_SECRET";

  @Test
  void the_data_plane_reads_the_keys_from_the_secret_that_the_operator_creates() {
    // When
    ChartObjects objects = Chart.objects();

    // Then
    SecretVolumeSource volume = secretVolume(objects.dataPlane()).orElseThrow();
    assertThat(volume.getSecretName())
        .isEqualTo("ballast-heartbeat-keys")
        .isEqualTo(environment(objects.operator()).get(SECRET));
    VolumeMount mount = mount(objects.dataPlane()).orElseThrow();
    assertThat(mount.getReadOnly()).isTrue();
    assertThat(mount.getSubPath()).as("the kubelet does not update a subPath").isNull();
    assertThat(environment(objects.dataPlane()))
        .containsEntry(KEYS, mount.getMountPath() + "/keys")
        .containsEntry("BALLAST_PEER_PORT", "7477");
  }

  @Test
  void a_pod_starts_before_the_secret_exists_and_only_root_reads_its_keys() {
    // When
    SecretVolumeSource volume = secretVolume(Chart.objects().dataPlane()).orElseThrow();

    // Then
    assertThat(volume.getOptional()).isTrue();
    assertThat(volume.getDefaultMode()).isEqualTo(0400);
  }

  @Test
  void the_operator_has_no_key_in_its_pod() {
    assertThat(secretVolume(Chart.objects().operator())).isEmpty();
  }

  @Test
  void a_secret_of_the_user_is_mounted_and_the_operator_creates_none() {
    // When
    ChartObjects objects = Chart.objects("--set", "dataplane.heartbeat.existingSecret=mine");

    // Then
    assertThat(secretVolume(objects.dataPlane()).orElseThrow().getSecretName()).isEqualTo("mine");
    assertThat(environment(objects.dataPlane())).containsKey(KEYS);
    assertThat(environment(objects.operator())).doesNotContainKey(SECRET);
    assertThat(rightsOnSecrets(objects)).isEmpty();
  }

  @Test
  void without_heartbeats_nothing_of_the_secret_is_left() {
    // When
    ChartObjects objects = Chart.objects("--set", "dataplane.heartbeat.enabled=false");

    // Then
    assertThat(secretVolume(objects.dataPlane())).isEmpty();
    assertThat(mount(objects.dataPlane())).isEmpty();
    assertThat(environment(objects.dataPlane())).doesNotContainKey(KEYS);
    assertThat(environment(objects.operator())).doesNotContainKey(SECRET);
    assertThat(rightsOnSecrets(objects)).isEmpty();
  }

  @Test
  void the_values_of_a_chart_without_heartbeats_bring_them() {
    // When
    ChartObjects objects =
        Chart.objects("--set", "dataplane.heartbeat=null,dataplane.peerPort=null");

    // Then
    assertThat(secretVolume(objects.dataPlane()).orElseThrow().getSecretName())
        .isEqualTo("ballast-heartbeat-keys");
    assertThat(environment(objects.dataPlane())).containsEntry("BALLAST_PEER_PORT", "7477");
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

  private static Optional<SecretVolumeSource> secretVolume(PodSpec pod) {
    return pod.getVolumes().stream().map(it -> it.getSecret()).filter(Objects::nonNull).findFirst();
  }

  private static Optional<VolumeMount> mount(PodSpec pod) {
    return pod.getContainers().getFirst().getVolumeMounts().stream()
        .filter(it -> it.getMountPath().equals("/etc/ballast/heartbeat"))
        .findFirst();
  }

  private static Stream<PolicyRule> rightsOnSecrets(ChartObjects objects) {
    return objects.of(Role.class).stream()
        .flatMap(role -> role.getRules().stream())
        .filter(rule -> rule.getResources().contains("secrets"));
  }
}
