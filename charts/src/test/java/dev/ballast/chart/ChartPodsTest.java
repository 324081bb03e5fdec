package dev.ballast.chart;

import static dev.ballast.chart.ChartObjects.environment;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The Pods of the operator and of the data plane, as helm renders them. */
class ChartPodsTest {

  private static final ChartObjects OBJECTS = Chart.objects("--no-hooks");

  @Test
  void there_is_one_Deployment_and_one_DaemonSet() {
    assertThat(OBJECTS.of(Deployment.class)).hasSize(1);
    assertThat(OBJECTS.of(DaemonSet.class)).hasSize(1);
  }

  @Test
  void every_object_but_the_kinds_and_policies_has_the_charts_label() {
    assertThat(OBJECTS.all())
        .filteredOn(it -> !it.getKind().matches("CustomResourceDefinition|ValidatingAdmission.*"))
        .isNotEmpty()
        .allSatisfy(ChartPodsTest::has_the_charts_label);
  }

  private static void has_the_charts_label(HasMetadata object) {
    assertThat(object.getMetadata().getLabels())
        .as("%s %s", object.getKind(), object.getMetadata().getName())
        .containsEntry("app.kubernetes.io/name", "ballast");
  }

  @Test
  void no_container_can_write_to_its_root_or_gain_privileges() {
    assertThat(OBJECTS.containers())
        .hasSize(2)
        .extracting(Container::getSecurityContext)
        .allSatisfy(
            context -> {
              assertThat(context.getReadOnlyRootFilesystem()).isTrue();
              assertThat(context.getAllowPrivilegeEscalation()).isFalse();
              assertThat(context.getPrivileged()).isNotEqualTo(true);
            });
  }

  @Test
  void every_container_starts_from_no_capability() {
    assertThat(OBJECTS.containers())
        .hasSize(2)
        .allSatisfy(
            it ->
                assertThat(it.getSecurityContext().getCapabilities().getDrop())
                    .containsExactly("ALL"));
  }

  @Test
  void no_pod_runs_on_a_windows_node() {
    assertThat(OBJECTS.pods())
        .hasSize(2)
        .allSatisfy(
            pod -> assertThat(pod.getNodeSelector()).containsEntry("kubernetes.io/os", "linux"));
  }

  @Test
  void a_node_selector_of_the_user_adds_to_that_of_the_chart() {
    // When
    ChartObjects objects = Chart.objects("--set", "dataplane.nodeSelector.zone=a");

    // Then
    assertThat(objects.dataPlane().getNodeSelector())
        .containsExactlyInAnyOrderEntriesOf(Map.of("zone", "a", "kubernetes.io/os", "linux"));
    assertThat(objects.operator().getNodeSelector()).doesNotContainKey("zone");
  }

  @Test
  void the_data_plane_adds_three_capabilities_and_the_operator_none() {
    assertThat(added(OBJECTS.dataPlane()))
        .containsExactlyInAnyOrder("NET_ADMIN", "NET_RAW", "NET_BIND_SERVICE");
    assertThat(added(OBJECTS.operator())).isEmpty();
  }

  private static Set<String> added(PodSpec pod) {
    return pod.getContainers().stream()
        .map(Container::getSecurityContext)
        .map(SecurityContext::getCapabilities)
        .flatMap(it -> it.getAdd().stream())
        .collect(Collectors.toSet());
  }

  @Test
  void both_run_under_the_runtimes_seccomp_profile() {
    assertThat(OBJECTS.pods())
        .hasSize(2)
        .allSatisfy(
            it ->
                assertThat(it.getSecurityContext().getSeccompProfile().getType())
                    .isEqualTo("RuntimeDefault"));
  }

  @Test
  void only_the_data_plane_is_on_the_nodes_network() {
    assertThat(OBJECTS.dataPlane().getHostNetwork()).isTrue();
    assertThat(OBJECTS.operator().getHostNetwork()).isNull();
  }

  @Test
  void no_Pod_shares_the_nodes_processes_or_IPC_or_mounts_its_files() {
    assertThat(OBJECTS.pods())
        .hasSize(2)
        .allSatisfy(
            pod -> {
              assertThat(pod.getHostPID()).isNotEqualTo(true);
              assertThat(pod.getHostIPC()).isNotEqualTo(true);
              assertThat(pod.getVolumes())
                  .isNotEmpty()
                  .allSatisfy(it -> assertThat(it.getHostPath()).isNull());
            });
  }

  @Test
  void the_operator_is_not_root() {
    var context = OBJECTS.operator().getSecurityContext();

    assertThat(context.getRunAsNonRoot()).isTrue();
    assertThat(context.getRunAsUser()).isEqualTo(65532);
  }

  @Test
  void every_container_is_probed_and_has_a_memory_limit() {
    assertThat(OBJECTS.containers())
        .hasSize(2)
        .allSatisfy(
            it -> {
              assertThat(it.getLivenessProbe()).isNotNull();
              assertThat(it.getReadinessProbe()).isNotNull();
              assertThat(it.getStartupProbe()).isNotNull();
              assertThat(it.getResources().getLimits()).containsKey("memory");
            });
  }

  @Test
  void a_Pod_of_the_data_plane_has_longer_to_stop_than_its_connections_have_to_finish() {
    PodSpec pod = OBJECTS.dataPlane();

    assertThat(pod.getTerminationGracePeriodSeconds())
        .isGreaterThan(Long.parseLong(environment(pod).get("BALLAST_DRAIN_SECONDS")));
  }

  @Test
  void the_selector_for_members_finds_the_Pods_of_the_data_plane_alone() {
    // Given
    Map<String, String> selector =
        Arrays.stream(
                environment(OBJECTS.dataPlane()).get("BALLAST_MEMBER_SELECTOR").split(",", -1))
            .map(it -> it.split("=", -1))
            .collect(Collectors.toMap(it -> it[0], it -> it[1]));

    // When
    var selected =
        OBJECTS.podTemplates().entrySet().stream()
            .filter(
                it ->
                    it.getValue()
                        .getMetadata()
                        .getLabels()
                        .entrySet()
                        .containsAll(selector.entrySet()))
            .map(Map.Entry::getKey);

    // Then
    assertThat(selector).isNotEmpty();
    assertThat(selected).containsExactly("DaemonSet");
  }
}
