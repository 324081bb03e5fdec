package dev.ballast.dataplane.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.cluster.EndpointSetting;
import dev.ballast.dataplane.server.cluster.NodeSettings.Membership;
import dev.ballast.dataplane.server.steering.SteeringSetting;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DataPlaneSettingsTest {

  @Test
  void a_daemonset_sets_node_and_namespace_only() {
    // Given
    var env = Map.of("BALLAST_NODE_NAME", "n1", "BALLAST_NAMESPACE", "ballast-system");

    // When
    DataPlaneSettings settings = valid(env);

    // Then
    assertThat(settings.node().name()).isEqualTo("n1");
    assertThat(settings.node().membership())
        .isEqualTo(
            new Membership.PodMembership(
                "ballast-system", DataPlaneSettings.DEFAULT_SELECTOR, java.util.Optional.empty()));
    assertThat(settings.node().endpoints()).isEqualTo(EndpointSetting.ANY);
    assertThat(settings.announcing()).isTrue();
    assertThat(settings.networkInterface()).isEqualTo(Optional.empty());
    assertThat(settings.probe()).isEqualTo(Duration.ofMillis(10));
    assertThat(settings.drain()).isEqualTo(Duration.ofSeconds(20));
    assertThat(settings.eventLoops()).isEqualTo(4);
    assertThat(settings.adminHost()).isEqualTo("0.0.0.0");
    assertThat(settings.adminPort()).isEqualTo(7474);
    assertThat(settings.steering()).isEqualTo(SteeringSetting.AUTO);
    assertThat(settings.reservedPorts()).isEqualTo(ReservedPorts.DEFAULT);
  }

  @Test
  void a_machine_without_a_cluster_lists_its_members() {
    // Given
    var env =
        Map.of(
            "BALLAST_NODE_NAME", "local",
            "BALLAST_MEMBERS", "static:local, other",
            "BALLAST_ANNOUNCE", "none");

    // When
    DataPlaneSettings settings = valid(env);

    // Then
    assertThat(settings.node().membership())
        .isEqualTo(new Membership.StaticMembership(Set.of("local", "other")));
    assertThat(settings.announcing()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"any, ANY", "podsOnly, PODS_ONLY"})
  void endpoints_can_be_confined_to_pods(String text, EndpointSetting setting) {
    // Given
    var env =
        Map.of(
            "BALLAST_NODE_NAME", "n1",
            "BALLAST_NAMESPACE", "ballast-system",
            "BALLAST_ENDPOINTS", text);

    // When
    DataPlaneSettings settings = valid(env);

    // Then
    assertThat(settings.node().endpoints()).isEqualTo(setting);
  }

  @ParameterizedTest
  @CsvSource({"auto, AUTO", "tproxy, TPROXY", "bind, BIND"})
  void steering_can_be_set(String text, SteeringSetting setting) {
    // Given
    var env =
        Map.of(
            "BALLAST_NODE_NAME", "n1",
            "BALLAST_NAMESPACE", "ballast-system",
            "BALLAST_STEERING", text);

    // When
    DataPlaneSettings settings = valid(env);

    // Then
    assertThat(settings.steering()).isEqualTo(setting);
  }

  @Test
  void a_list_of_reserved_ports_replaces_the_default() {
    // Given
    var env =
        Map.of(
            "BALLAST_NODE_NAME", "n1",
            "BALLAST_NAMESPACE", "ballast-system",
            "BALLAST_RESERVED_PORTS", "22,10248-10250");

    // When
    DataPlaneSettings settings = valid(env);

    // Then
    assertThat(settings.reservedPorts()).containsExactlyInAnyOrder(22, 10248, 10249, 10250);
  }

  @Test
  void all_errors_are_reported_at_once() {
    // Given
    var env =
        Map.of(
            "BALLAST_MEMBERS", "everybody",
            "BALLAST_ANNOUNCE", "loudly",
            "BALLAST_ADMIN_PORT", "70000",
            "BALLAST_DRAIN_SECONDS", "long",
            "BALLAST_STEERING", "TPROXY",
            "BALLAST_ENDPOINTS", "pods",
            "BALLAST_RESERVED_PORTS", "22,ssh");

    // When
    DataPlaneSettings.SettingsResult settingsResult = DataPlaneSettings.read(env, 4);

    // Then
    assertThat(settingsResult).isInstanceOf(DataPlaneSettings.SettingsResult.InvalidSettings.class);
    assertThat(((DataPlaneSettings.SettingsResult.InvalidSettings) settingsResult).errors())
        .hasSize(9)
        .anyMatch(error -> error.startsWith("BALLAST_NODE_NAME is not set"))
        .anyMatch(error -> error.startsWith("BALLAST_NAMESPACE is not set"))
        .anyMatch(error -> error.startsWith("BALLAST_MEMBERS=everybody"))
        .anyMatch(error -> error.startsWith("BALLAST_ANNOUNCE=loudly"))
        .anyMatch(error -> error.startsWith("BALLAST_ADMIN_PORT=70000"))
        .anyMatch(error -> error.startsWith("BALLAST_DRAIN_SECONDS=long"))
        .anyMatch(error -> error.startsWith("BALLAST_STEERING=TPROXY"))
        .anyMatch(error -> error.startsWith("BALLAST_ENDPOINTS=pods"))
        .anyMatch(error -> error.startsWith("BALLAST_RESERVED_PORTS=22,ssh"));
  }

  private static DataPlaneSettings valid(Map<String, String> env) {
    DataPlaneSettings.SettingsResult settingsResult = DataPlaneSettings.read(env, 4);
    assertThat(settingsResult).isInstanceOf(DataPlaneSettings.SettingsResult.ValidSettings.class);
    return ((DataPlaneSettings.SettingsResult.ValidSettings) settingsResult).settings();
  }
}
