package dev.ballast.dataplane.server;

import dev.ballast.dataplane.core.admission.NodeBudget;
import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.endpoint.TopologyHints;
import dev.ballast.dataplane.core.plan.ConnectionPolicy;
import dev.ballast.dataplane.core.plan.Frontend;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.server.relay.Relay;
import dev.ballast.dataplane.server.relay.RelaySettings;
import dev.ballast.dataplane.server.steering.Steering;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * The subject of {@code ./dev bench overload}: the data plane's relay with the budget of its
 * process, a Service that is the victim, and the Service that the flood goes to.
 *
 * <p>Commands come on the standard input, one a line, and each is answered by one line:
 *
 * <pre>
 *   serve NAME   serves the victim, and the Services of the flood NAME
 *   admin        the port of the admin server
 * </pre>
 */
final class OverloadedRelay {

  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final int REFUSING_BACKENDS = 1000;
  private static final int DEAD_BACKENDS = 5000;

  private final int port;
  private final InetSocketAddress backend;
  private final InetSocketAddress floodedBackend;
  private final Relay relay;

  /**
   * Arguments: the victim's port, after which the others come, its backend's port, and that of the
   * flooded Services.
   */
  public static void main(String[] ports) {
    try {
      run(ports);
    } catch (Exception e) {
      System.out.println("= failed: " + e);
    }
    // Event loops would keep the process running.
    System.exit(0);
  }

  private static void run(String[] ports) throws Exception {
    var metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    Vertx control = DataPlaneServer.vertx(1);
    Vertx vertx = DataPlaneServer.vertx(Runtime.getRuntime().availableProcessors());
    NodeBudget budget = NodeBudget.of(ProcessLimitsReader.read(), 50);
    Relay relay =
        Relay.on(vertx, control, metrics, Steering.none(), new RelaySettings(Set.of(), budget));
    int admin = StandaloneRelay.listenForMetrics(control, vertx, metrics);
    var subject =
        new OverloadedRelay(
            Integer.parseInt(ports[0]),
            new InetSocketAddress(LOOPBACK, Integer.parseInt(ports[1])),
            new InetSocketAddress(LOOPBACK, Integer.parseInt(ports[2])),
            relay);
    var commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      System.out.println(
          "= " + (line.equals("admin") ? admin : subject.serve(line.substring("serve ".length()))));
    }
  }

  private OverloadedRelay(
      int port, InetSocketAddress backend, InetSocketAddress floodedBackend, Relay relay) {
    this.port = port;
    this.backend = backend;
    this.floodedBackend = floodedBackend;
    this.relay = relay;
  }

  private String serve(String flood) throws Exception {
    Map<ServiceKey, VirtualServer> desired = new HashMap<>();
    add(desired, "victim", tcp(port, List.of(endpoint(backend.getAddress(), backend.getPort()))));
    switch (flood) {
      case "tcp" -> add(desired, "flooded", tcp(port + 1, List.of(alive())));
      case "udp" -> {
        add(desired, "flooded", udp(port + 1));
        add(desired, "flooded-too", udp(port + 2));
      }
      case "affinity" ->
          desired.put(
              key("flooded"), withAffinity(server("flooded", tcp(port + 1, List.of(alive())))));
      case "refusing" ->
          add(desired, "flooded", tcp(port + 1, endpoints("127.77.0.", REFUSING_BACKENDS)));
      case "dead" -> add(desired, "flooded", tcp(port + 1, endpoints("10.66.0.", DEAD_BACKENDS)));
      default -> throw new IllegalArgumentException("unknown flood " + flood);
    }
    relay.apply(desired).toCompletableFuture().get(30, TimeUnit.SECONDS);
    return "serves " + desired.size();
  }

  private static void add(Map<ServiceKey, VirtualServer> to, String name, Frontend frontend) {
    to.put(key(name), server(name, frontend));
  }

  private static VirtualServer server(String name, Frontend frontend) {
    return StandaloneRelay.server(key(name), LOOPBACK, frontend);
  }

  private static VirtualServer withAffinity(VirtualServer server) {
    ConnectionPolicy policy = server.policy();
    return new VirtualServer(
        server.id(),
        server.generation(),
        server.addresses(),
        server.frontends(),
        new ConnectionPolicy(
            policy.balancing(),
            Optional.of(Duration.ofHours(3)),
            policy.healthCheck(),
            policy.connectTimeout(),
            policy.idleTimeout(),
            policy.udpIdleTimeout(),
            policy.limits(),
            policy.sourceRanges()),
        server.locality());
  }

  private static ServiceKey key(String name) {
    return new ServiceKey("bench", name);
  }

  private static Frontend tcp(int port, List<Endpoint> endpoints) {
    return new Frontend("tcp-" + port, port, Protocol.TCP, endpoints);
  }

  private Frontend udp(int at) {
    return new Frontend("udp-" + at, at, Protocol.UDP, List.of(alive()));
  }

  private Endpoint alive() {
    return endpoint(floodedBackend.getAddress(), floodedBackend.getPort());
  }

  /** Two hundred addresses, with so many ports that it is the number of endpoints. */
  private static List<Endpoint> endpoints(String network, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> endpoint(InetAddress.ofLiteral(network + (2 + i % 200)), 20_000 + i / 200))
        .toList();
  }

  private static Endpoint endpoint(InetAddress address, int port) {
    return new Endpoint(
        address,
        port,
        "",
        "",
        new Endpoint.EndpointConditions(true, true, false),
        TopologyHints.NONE);
  }
}
