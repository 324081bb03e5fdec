package dev.ballast.chart;

import static dev.ballast.chart.Chart.FOLDER;
import static dev.ballast.chart.Chart.HELM;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.lab.Lab;
import dev.ballast.lab.LabProgram.CompletedProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values of the chart, and what helm makes of them without a cluster. */
class ChartValuesTest {

  @ParameterizedTest
  @MethodSource("dev.ballast.chart.Chart#filesOfValues")
  void helm_lint_finds_no_fault_with(Path values) {
    // When
    CompletedProcess output =
        HELM.run("lint", "--strict", FOLDER.toString(), "-f", values.toString());

    // Then
    assertThat(output.succeeded()).as(output.out() + output.err()).isTrue();
  }

  @Test
  void the_chart_has_the_projects_version_and_so_do_the_images_that_it_asks_for()
      throws IOException {
    // Given
    String project =
        matches("(?m)^  <version>(.*)</version>$", Lab.repository().resolve("pom.xml")).getFirst();

    // When
    Path chart = FOLDER.resolve("Chart.yaml");

    // Then
    assertThat(matches("(?m)^version: (.*)$", chart)).containsExactly(project);
    assertThat(matches("(?m)^appVersion: (.*)$", chart)).containsExactly(project);
  }

  private static List<String> matches(String pattern, Path file) throws IOException {
    return Pattern.compile(pattern)
        .matcher(Files.readString(file))
        .results()
        .map(it -> it.group(1))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "defaultLoadBalancer=maybe",
        "unknown=1",
        "operator.replica=2",
        "operator.replicas=-1",
        "image.pullPolicy=Sometimes",
        "dataplane.interface=eth0/1",
        "dataplane.steering=bpf",
        "dataplane.endpoints=pods",
        "dataplane.reservedPorts=22",
        "dataplane.reservedPorts={65536}",
        "dataplane.reservedPorts={ssh}",
        "dataplane.conflictProbeMilliseconds=1001",
        "dataplane.localPortsPercent=0",
        "dataplane.localPortsPercent=101",
        "dataplane.peerPort=0",
        "dataplane.peerPort=65536",
        "dataplane.heartbeat.enabled=maybe",
        "dataplane.heartbeat.existingSecret=My_Keys",
        "dataplane.heartbeat.secret=keys",
        "dataplane.drainSeconds=4000",
        "dataplane.maxSurge=0",
        "dataplane.resources.cpu=1",
        "crds.install=1",
        "defaults.idle=24h",
        "defaults.idleTimeout=350",
        "defaults.idleTimeout=1d",
        "defaults.connectTimeout=1.5s",
        "defaults.udpIdleTimeout=3 m",
        "defaults.maxConnections=0",
        "defaults.maxConnections=10000001",
        "defaults.maxNewConnectionsPerSecond=many",
        "defaults.maxConnectionsPerClient=-1",
        "defaults.maxConnectionsPerBackend=1.5",
        "poolEditWarnings=maybe",
        "logLevel=loud",
        "prometheus.port=1"
      })
  void the_schema_refuses(String value) {
    // When
    CompletedProcess output = HELM.run("template", FOLDER.toString(), "--set", value);

    // Then
    assertThat(output.succeeded()).isFalse();
    assertThat(output.err()).contains("don't meet the specifications of the schema");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void Services_without_a_class_are_taken_only_with_defaultLoadBalancer(boolean value) {
    // When
    ChartObjects objects = Chart.objects("--set", "defaultLoadBalancer=" + value);

    // Then
    assertThat(ChartObjects.environment(objects.operator()))
        .containsEntry("BALLAST_DEFAULT_CLASS", String.valueOf(value));
  }

  @Test
  void Services_without_a_class_are_taken_by_default() {
    assertThat(ChartObjects.environment(Chart.objects().operator()))
        .containsEntry("BALLAST_DEFAULT_CLASS", "true");
  }

  @Test
  void defaults_of_Services_reach_the_operator() {
    // When
    ChartObjects objects =
        Chart.objects("-f", FOLDER.resolve("ci/everything-values.yaml").toString());

    // Then
    assertThat(ChartObjects.environment(objects.operator()))
        .containsEntry("BALLAST_DEFAULT_IDLE_TIMEOUT", "24h")
        .containsEntry("BALLAST_DEFAULT_CONNECT_TIMEOUT", "2500ms")
        .containsEntry("BALLAST_DEFAULT_UDP_IDLE_TIMEOUT", "3m")
        .containsEntry("BALLAST_DEFAULT_MAX_CONNECTIONS", "10000000")
        .containsEntry("BALLAST_DEFAULT_MAX_NEW_CONNECTIONS_PER_SECOND", "5000")
        .containsEntry("BALLAST_DEFAULT_MAX_CONNECTIONS_PER_CLIENT", "100")
        .containsEntry("BALLAST_DEFAULT_MAX_CONNECTIONS_PER_BACKEND", "unlimited");
  }

  @Test
  void the_operator_has_built_in_defaults_of_Services() {
    assertThat(ChartObjects.environment(Chart.objects().operator()).keySet())
        .filteredOn(name -> name.startsWith("BALLAST_DEFAULT_"))
        .containsExactly("BALLAST_DEFAULT_CLASS");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void an_edit_of_a_pool_in_use_is_warned_of_only_with_poolEditWarnings(boolean value) {
    // When
    String manifests = Chart.manifests("--set", "poolEditWarnings=" + value);

    // Then
    assertThat(manifests.contains("kind: ValidatingAdmissionPolicy\n")).isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "tproxy", "bind"})
  void the_data_plane_steers_as_dataplane_steering_says(String value) {
    // When
    ChartObjects objects = Chart.objects("--set", "dataplane.steering=" + value);

    // Then
    assertThat(ChartObjects.environment(objects.dataPlane()))
        .containsEntry("BALLAST_STEERING", value);
  }

  @Test
  void the_data_plane_connects_to_any_endpoint_by_default() {
    assertThat(ChartObjects.environment(Chart.objects().dataPlane()))
        .containsEntry("BALLAST_ENDPOINTS", "any");
  }

  @Test
  void endpoints_can_be_confined_to_pods() {
    // When
    ChartObjects objects = Chart.objects("--set", "dataplane.endpoints=podsOnly");

    // Then
    assertThat(ChartObjects.environment(objects.dataPlane()))
        .containsEntry("BALLAST_ENDPOINTS", "podsOnly");
  }

  @Test
  void reserved_ports_and_ranges_become_one_list() {
    // When
    ChartObjects objects = Chart.objects("--set", "dataplane.reservedPorts={22,10248-10260}");

    // Then
    assertThat(ChartObjects.environment(objects.dataPlane()))
        .containsEntry("BALLAST_RESERVED_PORTS", "22,10248-10260");
  }

  @Test
  void the_data_plane_chooses_steering_and_reserved_ports_by_itself_by_default() {
    assertThat(ChartObjects.environment(Chart.objects().dataPlane()))
        .containsEntry("BALLAST_STEERING", "auto")
        .doesNotContainKey("BALLAST_RESERVED_PORTS");
  }
}
