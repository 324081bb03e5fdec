package dev.ballast.chart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.lab.LabProgram.CompletedProcess;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What {@code helm uninstall} leaves. */
@ExtendWith(ChartRelease.OnApiServer.class)
class ChartUninstallTest {

  private final ChartRelease release;

  ChartUninstallTest(ChartRelease release) {
    this.release = release;
  }

  @BeforeEach
  void an_installed_chart_and_a_pool() {
    release.isInstalled();
    release.hasPool("left");
  }

  @Test
  void helm_uninstall_leaves_the_kinds_and_the_pools_and_nothing_else() {
    // Given
    Uninstallation uninstallation = Uninstallation.begin(release);

    // When
    CompletedProcess output = uninstallation.finish();

    // Then
    assertThat(output.succeeded()).as(output.err()).isTrue();
    assertThat(release.kinds()).hasSize(3);
    assertThat(pools()).contains("addresspool.ballast.dev/left");
    assertThat(release.objects()).isEmpty();
    assertThat(release.client().batch().v1().jobs().inAnyNamespace().list().getItems())
        .filteredOn(it -> !it.isMarkedForDeletion())
        .isEmpty();
  }

  @Test
  void the_chart_can_be_installed_again_over_what_was_left() {
    // Given
    Uninstallation.begin(release).finish();

    // When
    release.install(Chart.FOLDER);

    // Then
    assertThat(pools()).contains("addresspool.ballast.dev/left");
  }

  private String[] pools() {
    return ChartRelease.succeeded(release.kubectl().run("get", "addresspools", "-o", "name"))
        .lines()
        .toArray(String[]::new);
  }
}
