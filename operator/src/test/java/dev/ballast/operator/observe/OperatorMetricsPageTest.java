package dev.ballast.operator.observe;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.lab.GeneratedSection;
import dev.ballast.lab.MetricsTable;
import dev.ballast.operator.ipam.Ipam;
import dev.ballast.operator.ipam.TestAllocator;
import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.IpAddress;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The operator's part of {@code docs/reference/metrics.md}, from what Prometheus scrapes. After a
 * change of metrics: {@code ./mvnw -pl operator test -Dballast.update=true}, and commit the page.
 */
class OperatorMetricsPageTest {

  private static final Path PAGE = Path.of("../docs/reference/metrics.md");

  /** Labels whose values are names that users choose, or bounds of buckets. */
  private static final Set<String> OPEN = Set.of("pool");

  @Test
  void the_committed_page_lists_every_metric_of_the_operator() throws Exception {
    // Given
    Ipam ipam = new Ipam();
    IpAddress address = IpAddress.parse("192.0.2.1").orElseThrow();
    TestAllocator.putPool(ipam, "lan", List.of(new AddressRange(address, address)));
    OperatorMetrics metrics = new OperatorMetrics(ipam);
    metrics.registerPendingServices(() -> 0);
    metrics.registerHeartbeatKeys(() -> 1);
    for (String controller : List.of("service", "addresspool")) {
      metrics.timeControllerExecution(new Execution(controller, false));
      assertThatThrownBy(() -> metrics.timeControllerExecution(new Execution(controller, true)))
          .isInstanceOf(IllegalStateException.class);
    }

    // When
    String scrape = metrics.scrape();

    // Then
    new GeneratedSection(PAGE, "operator", "OperatorMetricsPageTest")
        .isUpToDate(MetricsTable.of(scrape, OPEN));
  }

  private record Execution(String controllerName, boolean fails)
      implements Metrics.ControllerExecution<Boolean> {
    @Override
    public String name() {
      return "reconcile";
    }

    @Override
    public String successTypeName(Boolean result) {
      return "done";
    }

    @Override
    public ResourceID resourceID() {
      return new ResourceID("web", "default");
    }

    @Override
    public Map<String, Object> metadata() {
      return Map.of();
    }

    @Override
    public Boolean execute() {
      if (fails) {
        throw new IllegalStateException("on purpose");
      }
      return true;
    }
  }
}
