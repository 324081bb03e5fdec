package dev.ballast.dataplane.server;

import dev.ballast.dataplane.core.plan.Frontend;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.core.plan.VirtualServerChanges;
import dev.ballast.dataplane.server.relay.ListenerState;
import dev.ballast.dataplane.server.relay.Relay;
import dev.ballast.dataplane.server.relay.RelaySettings;
import dev.ballast.dataplane.server.steering.Steering;
import dev.ballast.dataplane.server.steering.SteeringMode;
import dev.ballast.dataplane.server.steering.SteeringSetting;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The subject of {@code ./dev bench steering}: a relay whose steering mode changes on command. All
 * modes run in one JVM, so that they run the same compiled code. Each change of the mode makes new
 * event loops, sockets and tables.
 *
 * <p>Commands come on the standard input, one a line, and each is answered by one line:
 *
 * <pre>
 *   serve MODE ADDRESS PORT BACKEND BACKENDPORT   serves a Service in this mode, and nothing else
 *   more PORTS                                    adds Services of 100 ports: the milliseconds that it took
 *   one TIMES                                     adds and removes a Service of one port: the milliseconds of
 *                                                 each addition
 *   collect                                       collects garbage: the MB that are left
 * </pre>
 */
final class SteeredRelay {

  private static final int PORTS_PER_SERVICE = 100;

  private final PrometheusMeterRegistry metrics =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Vertx vertx = DataPlaneServer.vertx(Runtime.getRuntime().availableProcessors());
  private final Steering steering;
  private final Relay relay;
  private final InetSocketAddress backend;
  private int services;

  /** Ends when there are no more commands, or at the first failure. */
  public static void main(String[] arguments) {
    try {
      run(new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII)));
    } catch (Exception e) {
      answer("failed: " + e);
    }
    System.exit(0);
  }

  private static void run(BufferedReader commands) throws Exception {
    String[] first = commands.readLine().split(" ");
    SteeredRelay current = start(first);
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      String[] words = line.split(" ");
      switch (words[0]) {
        case "serve" -> {
          current.close();
          current = start(words);
        }
        case "more" -> answer(current.add(Integer.parseInt(words[1])));
        case "one" -> answer(current.addOne(Integer.parseInt(words[1])));
        case "collect" -> answer(collect());
        default -> throw new IllegalArgumentException("unknown command " + line);
      }
    }
  }

  private static SteeredRelay start(String[] words) throws Exception {
    var relay = new SteeredRelay(mode(words[1]), address(words[4], words[5]));
    answer(relay.serve(address(words[2], words[3])));
    return relay;
  }

  private SteeredRelay(SteeringMode mode, InetSocketAddress backend) throws IOException {
    this.steering = steering(mode);
    this.relay = Relay.on(vertx, vertx, metrics, steering, RelaySettings.DEFAULT);
    relay.activate();
    this.backend = backend;
    if (steering.mode() != mode) {
      throw new IOException("This kernel has the mode " + steering.mode() + " instead of " + mode);
    }
  }

  private static Steering steering(SteeringMode mode) {
    return switch (mode) {
      case TPROXY -> Steering.nftables(SteeringSetting.TPROXY);
      case BIND -> Steering.nftables(SteeringSetting.BIND);
      case BIND_UNFILTERED -> Steering.none();
    };
  }

  private static SteeringMode mode(String text) {
    return Stream.of(SteeringMode.values())
        .filter(mode -> mode.toString().equals(text))
        .findFirst()
        .orElseThrow();
  }

  private static InetSocketAddress address(String address, String port) {
    return new InetSocketAddress(InetAddress.ofLiteral(address), Integer.parseInt(port));
  }

  /** The mode and the states of the listeners. */
  private String serve(InetSocketAddress frontend) throws Exception {
    var id = new ServiceKey("default", "bench");
    steering.addAddress(frontend.getAddress());
    change(
        Map.of(
            id,
            StandaloneRelay.server(
                id,
                frontend.getAddress(),
                frontend(Protocol.TCP, frontend.getPort()),
                frontend(Protocol.UDP, frontend.getPort()))),
        Set.of());
    return steering.mode() + " " + notListening();
  }

  private String add(int ports) throws Exception {
    Map<ServiceKey, VirtualServer> added = new HashMap<>();
    for (int i = 0; i < ports; i += PORTS_PER_SERVICE) {
      VirtualServer server = service(services++, PORTS_PER_SERVICE);
      added.put(server.id(), server);
    }
    double milliseconds = change(added, Set.of());
    return milliseconds + " " + notListening();
  }

  private String addOne(int times) throws Exception {
    VirtualServer server = service(services, 1);
    StringBuilder milliseconds = new StringBuilder();
    for (int i = 0; i < times; i++) {
      milliseconds.append(change(Map.of(server.id(), server), Set.of())).append(' ');
      change(Map.of(), Set.of(server.id()));
    }
    return milliseconds.toString().strip();
  }

  /** Each with an address of its own. */
  private VirtualServer service(int number, int ports) throws IOException {
    InetAddress address =
        InetAddress.ofLiteral("10.66.%d.%d".formatted(16 + number / 256, number % 256));
    steering.addAddress(address);
    return StandaloneRelay.server(
        new ServiceKey("default", "bench-" + number),
        address,
        IntStream.range(1000, 1000 + ports)
            .mapToObj(port -> frontend(Protocol.TCP, port))
            .toArray(Frontend[]::new));
  }

  private Frontend frontend(Protocol protocol, int port) {
    return StandaloneRelay.frontend(protocol, port, backend);
  }

  /** The milliseconds that it took. */
  private double change(Map<ServiceKey, VirtualServer> set, Set<ServiceKey> removed)
      throws Exception {
    long before = System.nanoTime();
    relay
        .change(new VirtualServerChanges(set, removed))
        .toCompletableFuture()
        .get(60, TimeUnit.SECONDS);
    return (System.nanoTime() - before) / 1e6;
  }

  private String notListening() {
    return relay.status().values().stream()
        .flatMap(status -> status.frontends().stream())
        .filter(frontend -> !(frontend.state() instanceof ListenerState.Listening))
        .map(Object::toString)
        .limit(3)
        .collect(Collectors.joining(" "));
  }

  private static void answer(String text) {
    System.out.println("= " + text);
  }

  private static String collect() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return String.valueOf((runtime.totalMemory() - runtime.freeMemory()) / 1e6);
  }

  private void close() throws Exception {
    relay.drain(Duration.ZERO).toCompletableFuture().get(10, TimeUnit.SECONDS);
    steering.close();
    vertx.close().await(10, TimeUnit.SECONDS);
  }
}
