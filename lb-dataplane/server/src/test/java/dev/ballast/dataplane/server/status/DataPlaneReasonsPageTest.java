package dev.ballast.dataplane.server.status;

import dev.ballast.lab.GeneratedSection;
import dev.ballast.lab.ReasonTables;
import dev.ballast.lab.ReasonTables.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
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
    String tables =
        ReasonTables.of(
            Arrays.stream(LoadBalancerReason.values())
                .sorted(Comparator.comparing(LoadBalancerReason::type))
                .map(
                    it ->
                        new Reason(
                            it.type().type(),
                            it.type().meaning(),
                            it.status().toString(),
                            it.reason(),
                            it.meaning(),
                            it.remedy()))
                .toList());

    // Then
    new GeneratedSection(
            Path.of("../../docs/reference/conditions.md"),
            "LoadBalancer",
            "DataPlaneReasonsPageTest")
        .isUpToDate(tables);
  }
}
