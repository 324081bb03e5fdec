package dev.ballast.dataplane.server.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.apiclient.DataPlaneApiClient;
import dev.ballast.dataplane.server.announce.Announcer;
import dev.ballast.dataplane.server.cluster.NodeSettings;
import dev.ballast.dataplane.server.cluster.NodeSettings.Membership.StaticMembership;
import dev.ballast.dataplane.server.hotrestart.NodeLock;
import dev.ballast.dataplane.server.metrics.NodeMetric;
import dev.ballast.dataplane.server.steering.Steering;
import dev.ballast.dataplane.server.steering.SteeringMetrics;
import io.fabric8.kubernetes.client.Config;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NodeMetricTest {

  @Test
  void the_list_has_every_metric_that_the_node_registers() {
    // Given
    SimpleMeterRegistry registry = new SimpleMeterRegistry();

    // When
    DataPlaneController controller =
        new DataPlaneController(
            DataPlaneApiClient.create(Config.empty()),
            new NodeSettings("n1", new StaticMembership(Set.of("n1"))),
            new FakeRelayControl(new ArrayList<>()),
            Announcer.noop(),
            registry,
            NodeLock.unshared(),
            TestNodeChecks.reporting(),
            new RecordingRole());
    controller.close();
    SteeringMetrics.register(Steering.none(), registry);

    // Then
    List<String> registered =
        registry.getMeters().stream().map(meter -> meter.getId().getName()).distinct().toList();
    assertThat(registered)
        .filteredOn(name -> !name.endsWith(".histogram"))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(NodeMetric.values()).map(NodeMetric::meterName).toList());
  }
}
