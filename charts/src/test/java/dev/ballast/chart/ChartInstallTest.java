package dev.ballast.chart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.lab.LabProgram.CompletedProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Installation and upgrade of the chart on a real API server. In this order, no test has to remove
 * what another one has installed.
 */
@Order(1)
@ExtendWith(ChartRelease.OnApiServer.class)
class ChartInstallTest {

  private static final String SHORT_NAMES = "    shortNames:\n    - pool\n";

  private final ChartRelease release;

  ChartInstallTest(ChartRelease release) {
    this.release = release;
  }

  @ParameterizedTest
  @Order(1)
  @MethodSource("dev.ballast.chart.Chart#filesOfValues")
  void the_API_server_accepts_the_manifests_of(Path values) {
    // Given
    release.isAbsent();
    String manifests = Chart.manifests("-f", values.toString());

    // When
    CompletedProcess output =
        release
            .kubectl()
            .runWithInput(manifests, "create", "--dry-run=server", "--validate=strict", "-f", "-");

    // Then
    assertThat(output.succeeded()).as(output.err()).isTrue();
  }

  @Test
  void the_chart_brings_every_kind() {
    // When
    release.isInstalled();

    // Then
    assertThat(release.kinds())
        .containsExactlyInAnyOrder("Address", "AddressPool", "LoadBalancer", "LoadBalancerNode");
  }

  @Test
  @Order(2)
  void helm_upgrade_brings_the_kinds_up_to_date(@TempDir Path folder) throws IOException {
    // Given
    release.isAbsent();
    release.install(chartWithoutShortNames(folder));
    assertThat(shortNames()).doesNotContain("pool");

    // When
    release.upgrade();

    // Then
    assertThat(shortNames()).contains("pool");
  }

  private List<String> shortNames() {
    return release
        .client()
        .apiextensions()
        .v1()
        .customResourceDefinitions()
        .withName("addresspools.ballast.dev")
        .get()
        .getSpec()
        .getNames()
        .getShortNames();
  }

  /** Stands for an older version: the kind AddressPool has a name less. */
  private static Path chartWithoutShortNames(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(Chart.FOLDER)) {
      for (Path file : files.toList()) {
        Path copy = folder.resolve(Chart.FOLDER.relativize(file).toString());
        if (!copy.equals(folder.resolve(""))) {
          Files.copy(file, copy);
        }
      }
    }
    Path definition = folder.resolve("files/crds/addresspools.ballast.dev.yaml");
    String yaml = Files.readString(definition);
    assertThat(yaml).contains(SHORT_NAMES);
    Files.writeString(definition, yaml.replace(SHORT_NAMES, "    shortNames: []\n"));
    return folder;
  }

  @Test
  void the_API_server_accepts_the_pool_that_the_notes_show() {
    // Given
    release.isInstalled();
    String notes = release.upgrade();
    String pool = notes.substring(notes.indexOf("<<END\n") + 6, notes.indexOf("     END\n"));

    // When
    CompletedProcess output = release.createPool(pool.stripIndent(), "create");

    // Then
    assertThat(output.succeeded()).as(pool + output.err()).isTrue();
  }
}
