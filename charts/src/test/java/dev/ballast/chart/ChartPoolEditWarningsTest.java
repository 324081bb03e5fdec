package dev.ballast.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What kubectl says before a pool in use is edited or deleted. */
@ExtendWith(ChartRelease.OnApiServer.class)
class ChartPoolEditWarningsTest {

  private static final String WARNING = "^Warning: .*\\b1 address\\b.*";

  private final ChartRelease release;

  ChartPoolEditWarningsTest(ChartRelease release) {
    this.release = release;
  }

  @BeforeAll
  static void the_chart_is_installed(ChartRelease release) {
    release.isInstalled();
  }

  @Test
  void a_dry_run_of_an_edit_or_a_deletion_says_what_happens_to_the_addresses_in_use() {
    // Given
    release.hasPool("used");
    ChartRelease.succeeded(
        release
            .kubectl()
            .run(
                "patch",
                "addresspool",
                "used",
                "--subresource=status",
                "--type=merge",
                "-p",
                "{\"status\": {\"allocated\": 1}}"));

    // When
    String ofEdit = "{\"spec\": {\"addresses\": [\"203.0.113.1\"]}}";

    // Then
    await("an API server takes in a policy a moment after it was stored")
        .atMost(ChartRelease.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(warning("patch", "--type=merge", "-p", ofEdit))
                    .containsPattern(WARNING));
    assertThat(warning("delete")).containsPattern(WARNING);
  }

  private String warning(String verb, String... options) {
    return release
        .kubectl()
        .run(Chart.with(options, verb, "addresspool", "used", "--dry-run=server"))
        .err();
  }
}
