package dev.ballast.dataplane.server.diagnosis;

import dev.ballast.lab.GeneratedSection;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * The findings in {@code docs/reference/conditions.md}, from the list of reasons in the code. After
 * a change, run {@code ./mvnw -pl lb-dataplane/server test -Dballast.update=true} and commit the
 * page.
 */
class FindingReasonsPageTest {

  @Test
  void the_committed_page_lists_every_finding_of_a_node() throws IOException {
    // When
    StringBuilder table = new StringBuilder("| Reason | Meaning | What to do |\n|---|---|---|\n");
    for (FindingReason reason : FindingReason.values()) {
      table.append(
          GeneratedSection.row("`" + reason.reason() + "`", reason.meaning(), reason.remedy()));
    }

    // Then
    new GeneratedSection(
            Path.of("../../docs/reference/conditions.md"), "Findings", "FindingReasonsPageTest")
        .isUpToDate(table.toString());
  }
}
