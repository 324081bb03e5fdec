package dev.ballast.dataplane.server.status;

import static dev.ballast.lab.GeneratedSection.row;

import dev.ballast.lab.GeneratedSection;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * The data plane's section of {@code docs/reference/conditions.md}, from the list of reasons in the
 * code. After a change, run {@code ./mvnw -pl lb-dataplane/server test -Dballast.update=true} and
 * commit the page.
 */
class DataPlaneReasonsPageTest {

  @Test
  void the_committed_page_lists_every_reason_of_a_load_balancer() throws IOException {
    // When
    StringBuilder text = new StringBuilder();
    for (LoadBalancerConditionType type : LoadBalancerConditionType.values()) {
      text.append("\n### `" + type.type() + "`\n\n" + type.meaning() + "\n");
      text.append("\n| Status | Reason | Meaning | What to do |\n|---|---|---|---|\n");
      for (LoadBalancerReason each : LoadBalancerReason.values()) {
        if (each.type() == type) {
          text.append(
              row(
                  each.status() ? "True" : "False",
                  "`" + each.reason() + "`",
                  each.meaning(),
                  each.remedy()));
        }
      }
    }

    // Then
    new GeneratedSection(
            Path.of("../../docs/reference/conditions.md"),
            "LoadBalancer",
            "DataPlaneReasonsPageTest")
        .isUpToDate(text.toString().strip() + "\n");
  }
}
