package dev.ballast.dataplane.server.sync;

import dev.ballast.apiclient.DataPlaneApiClient;
import dev.ballast.dataplane.core.endpoint.NodeLocality;
import dev.ballast.dataplane.core.plan.ConnectionLimits;
import dev.ballast.dataplane.core.plan.ConnectionPolicy;
import dev.ballast.dataplane.core.plan.ConnectionPolicy.HealthCheckPolicy;
import dev.ballast.dataplane.core.plan.ConnectionPolicy.PickerType;
import dev.ballast.dataplane.core.plan.Frontend;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.core.source.SourceRanges;
import dev.ballast.dataplane.server.announce.Announcer;
import dev.ballast.dataplane.server.cluster.NodeSettings;
import dev.ballast.dataplane.server.cluster.NodeSettings.Membership.StaticMembership;
import dev.ballast.dataplane.server.hotrestart.NodeLock;
import dev.ballast.dataplane.server.relay.Relay;
import dev.ballast.dataplane.server.steering.Steering;
import dev.ballast.dataplane.server.steering.SteeringMetrics;
import dev.ballast.lab.GeneratedSection;
import dev.ballast.lab.MetricsTable;
import io.fabric8.kubernetes.client.Config;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * The data plane's part of {@code docs/reference/metrics.md}, from what Prometheus scrapes. After a
 * change of metrics: {@code ./mvnw -pl lb-dataplane/server test -Dballast.update=true}, and commit
 * the page.
 */
class DataPlaneMetricsPageTest {

  private static final Path PAGE = Path.of("../../docs/reference/metrics.md");

  /** Labels whose values are names that users choose, or bounds of buckets. */
  private static final Set<String> OPEN = Set.of("namespace", "service", "port");

  private static final ServiceKey WEB = new ServiceKey("default", "web");

  @Test
  void the_committed_page_lists_every_metric_of_the_data_plane() throws Exception {
    // Given
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    Relay relay = Relay.on(vertx, registry);
    DataPlaneController controller =
        new DataPlaneController(
            DataPlaneApiClient.create(Config.empty()),
            new NodeSettings("n1", new StaticMembership(Set.of("n1"))),
            RelayControl.of(relay, Duration.ZERO),
            Announcer.noop(),
            registry,
            NodeLock.unshared(),
            TestNodeChecks.reporting(),
            new RecordingRole());
    SteeringMetrics.register(Steering.none(), registry);
    relay.apply(Map.of(WEB, server())).toCompletableFuture().get(10, TimeUnit.SECONDS);

    // When
    String scrape = registry.scrape();

    // Then
    controller.close();
    vertx.close().await(10, TimeUnit.SECONDS);
    new GeneratedSection(PAGE, "data plane", "DataPlaneMetricsPageTest")
        .isUpToDate(MetricsTable.of(scrape, OPEN));
  }

  private static VirtualServer server() {
    return new VirtualServer(
        WEB,
        1,
        List.of(InetAddress.ofLiteral("127.88.200.1")),
        List.of(
            new Frontend("tcp", 18080, Protocol.TCP, List.of()),
            new Frontend("udp", 18080, Protocol.UDP, List.of())),
        new ConnectionPolicy(
            PickerType.ROUND_ROBIN,
            Optional.empty(),
            new HealthCheckPolicy(Duration.ofMinutes(10), Duration.ofSeconds(1), 1, 3),
            Duration.ofSeconds(1),
            Duration.ofMinutes(5),
            Duration.ofSeconds(60),
            ConnectionLimits.NONE,
            SourceRanges.UNRESTRICTED),
        new NodeLocality("n1", "zone"));
  }
}
