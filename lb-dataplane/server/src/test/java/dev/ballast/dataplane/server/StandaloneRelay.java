package dev.ballast.dataplane.server;

import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.endpoint.NodeLocality;
import dev.ballast.dataplane.core.endpoint.TopologyHints;
import dev.ballast.dataplane.core.plan.ConnectionLimits;
import dev.ballast.dataplane.core.plan.ConnectionPolicy;
import dev.ballast.dataplane.core.plan.Frontend;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.core.source.SourceRanges;
import dev.ballast.dataplane.server.admin.AdminListeners;
import dev.ballast.dataplane.server.admin.FakeHealth;
import dev.ballast.dataplane.server.relay.Relay;
import dev.ballast.dataplane.server.relay.RelaySettings;
import dev.ballast.dataplane.server.steering.Steering;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The subject of {@code ./dev bench relay}: the data plane as {@link DataPlaneServer} starts it,
 * with metrics, health checks and timeouts, and one fixed Service instead of Kubernetes.
 */
final class StandaloneRelay {

  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  /** Arguments: the port to serve, and the backend's, both for TCP and UDP. */
  public static void main(String[] ports) throws Exception {
    var metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    Vertx vertx = DataPlaneServer.vertx(Runtime.getRuntime().availableProcessors());
    Vertx control = DataPlaneServer.vertx(1);
    Relay relay = Relay.on(vertx, control, metrics, Steering.none(), RelaySettings.DEFAULT);
    var id = new ServiceKey("default", "bench");
    var backend = new InetSocketAddress(LOOPBACK, Integer.parseInt(ports[1]));
    int port = Integer.parseInt(ports[0]);
    VirtualServer server =
        server(
            id,
            LOOPBACK,
            frontend(Protocol.TCP, port, backend),
            frontend(Protocol.UDP, port, backend));
    relay.apply(Map.of(id, server)).toCompletableFuture().get(10, TimeUnit.SECONDS);
    listenForMetrics(control, vertx, metrics);
    System.out.println(relay.status());
  }

  /** Returns the port. */
  static int listenForMetrics(Vertx control, Vertx vertx, PrometheusMeterRegistry metrics)
      throws IOException {
    return new AdminListeners(
            control, List.of(vertx, control), "127.0.0.1", 0, metrics, new FakeHealth())
        .listen();
  }

  static VirtualServer server(ServiceKey id, InetAddress address, Frontend... frontends) {
    return new VirtualServer(
        id,
        1,
        List.of(address),
        List.of(frontends),
        new ConnectionPolicy(
            ConnectionPolicy.PickerType.ROUND_ROBIN,
            Optional.empty(),
            new ConnectionPolicy.HealthCheckPolicy(
                Duration.ofSeconds(5), Duration.ofSeconds(1), 2, 3),
            Duration.ofSeconds(5),
            Duration.ofMinutes(5),
            Duration.ofSeconds(60),
            ConnectionLimits.NONE,
            SourceRanges.UNRESTRICTED),
        new NodeLocality("local", ""));
  }

  static Frontend frontend(Protocol protocol, int port, InetSocketAddress backend) {
    var endpoint =
        new Endpoint(
            backend.getAddress(),
            backend.getPort(),
            "",
            "",
            new Endpoint.EndpointConditions(true, true, false),
            TopologyHints.NONE);
    return new Frontend(protocol + "-" + port, port, protocol, List.of(endpoint));
  }

  private StandaloneRelay() {}
}
