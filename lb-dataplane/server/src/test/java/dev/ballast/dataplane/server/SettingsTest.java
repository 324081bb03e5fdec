package dev.ballast.dataplane.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.kube.NodeSettings.Membership;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SettingsTest {

  @Test
  void a_daemonset_needs_to_give_node_and_namespace_only() {
    // Given
    var env = Map.of("BALLAST_NODE_NAME", "n1", "BALLAST_NAMESPACE", "ballast-system");

    // When
    Settings settings = valid(env);

    // Then
    assertThat(settings.node().name()).isEqualTo("n1");
    assertThat(settings.node().membership())
        .isEqualTo(new Membership.Pods("ballast-system", Settings.DEFAULT_SELECTOR));
    assertThat(settings.announcing()).isTrue();
    assertThat(settings.networkInterface()).isEqualTo(Optional.empty());
    assertThat(settings.probe()).isEqualTo(Duration.ofMillis(10));
    assertThat(settings.drain()).isEqualTo(Duration.ofSeconds(20));
    assertThat(settings.eventLoops()).isEqualTo(4);
    assertThat(settings.adminHost()).isEqualTo("0.0.0.0");
    assertThat(settings.adminPort()).isEqualTo(7474);
  }

  @Test
  void a_machine_without_a_cluster_names_its_members() {
    // Given
    var env =
        Map.of(
            "BALLAST_NODE_NAME", "local",
            "BALLAST_MEMBERS", "static:local, other",
            "BALLAST_ANNOUNCE", "none");

    // When
    Settings settings = valid(env);

    // Then
    assertThat(settings.node().membership())
        .isEqualTo(new Membership.Static(Set.of("local", "other")));
    assertThat(settings.announcing()).isFalse();
  }

  @Test
  void everything_that_is_wrong_is_said_at_once() {
    // Given
    var env =
        Map.of(
            "BALLAST_MEMBERS", "everybody",
            "BALLAST_ANNOUNCE", "loudly",
            "BALLAST_ADMIN_PORT", "70000",
            "BALLAST_DRAIN_SECONDS", "long");

    // When
    Settings.Reading reading = Settings.read(env, 4);

    // Then
    assertThat(reading).isInstanceOf(Settings.Reading.Invalid.class);
    assertThat(((Settings.Reading.Invalid) reading).errors())
        .hasSize(6)
        .anyMatch(error -> error.startsWith("BALLAST_NODE_NAME is not set"))
        .anyMatch(error -> error.startsWith("BALLAST_NAMESPACE is not set"))
        .anyMatch(error -> error.startsWith("BALLAST_MEMBERS=everybody"))
        .anyMatch(error -> error.startsWith("BALLAST_ANNOUNCE=loudly"))
        .anyMatch(error -> error.startsWith("BALLAST_ADMIN_PORT=70000"))
        .anyMatch(error -> error.startsWith("BALLAST_DRAIN_SECONDS=long"));
  }

  private static Settings valid(Map<String, String> env) {
    Settings.Reading reading = Settings.read(env, 4);
    assertThat(reading).isInstanceOf(Settings.Reading.Valid.class);
    return ((Settings.Reading.Valid) reading).settings();
  }
}
