package dev.ballast.dataplane.server.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.admission.NodeBudget;
import dev.ballast.dataplane.core.admission.SharedResource;
import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.endpoint.Endpoint.EndpointConditions;
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
import dev.ballast.dataplane.server.steering.Steering;
import dev.ballast.dataplane.server.steering.SteeringMode;
import dev.ballast.dataplane.server.steering.SteeringSetting;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A relay on two event loops, with its own loopback address. */
final class RelayFixture implements AutoCloseable {

  static final EndpointConditions READY = new EndpointConditions(true, true, false);
  static final EndpointConditions NOT_READY = new EndpointConditions(false, false, false);
  static final EndpointConditions SERVING_WHILE_TERMINATING =
      new EndpointConditions(false, true, true);

  static final NodeLocality LOCALITY = new NodeLocality("node", "zone");

  static final ServiceKey WEB = new ServiceKey("default", "web");

  /** With one health check, and no further ones during a test. */
  static final ConnectionPolicy POLICY =
      new ConnectionPolicy(
          PickerType.ROUND_ROBIN,
          Optional.empty(),
          new HealthCheckPolicy(Duration.ofMinutes(10), Duration.ofSeconds(1), 1, 3),
          Duration.ofSeconds(1),
          Duration.ofMinutes(5),
          Duration.ofSeconds(60),
          ConnectionLimits.NONE,
          SourceRanges.UNRESTRICTED);

  private static final AtomicInteger NEXT_ADDRESS = new AtomicInteger(1);

  final InetAddress address = nextAddress();
  final int port;
  final SimpleMeterRegistry metrics = new SimpleMeterRegistry();

  /** Not in the subnet of an interface. {@code ::1} where nothing steers. */
  final InetAddress ipv6Address;

  private final Optional<ThreadNamespace> namespace;
  private final Steering steering;
  private final Vertx vertx;
  private final Vertx control;
  final Relay relay;
  private final Map<ServiceKey, VirtualServer> desired = new LinkedHashMap<>();
  private final List<Socket> clients = new ArrayList<>();

  RelayFixture() {
    this(TestedEngine.EPOLL);
  }

  RelayFixture(boolean epoll) {
    this(epoll ? TestedEngine.EPOLL : TestedEngine.CHANNELS);
  }

  RelayFixture(TestedEngine by) {
    this(
        by,
        by == TestedEngine.STEERED ? Steering.nftables(SteeringSetting.TPROXY) : Steering.none());
  }

  /** Without steering, on a node that has so much for all Services. */
  static RelayFixture limited(SharedResource descriptors, SharedResource udpPorts) {
    NodeBudget budget =
        new NodeBudget(
            descriptors, udpPorts, SharedResource.unlimited(), ConnectionLimits.UNLIMITED);
    return new RelayFixture(
        TestedEngine.EPOLL, Steering.none(), new RelaySettings(Set.of(), budget));
  }

  RelayFixture(TestedEngine by, Steering steering) {
    this(by, steering, RelaySettings.DEFAULT);
  }

  RelayFixture(TestedEngine by, Steering steering, RelaySettings settings) {
    boolean steered = by == TestedEngine.STEERED;
    this.steering = steering;
    this.namespace = steered ? Optional.of(ThreadNamespace.enter()) : Optional.empty();
    this.port = freePort();
    this.vertx =
        Vertx.vertx(
            new VertxOptions()
                .setPreferNativeTransport(by != TestedEngine.CHANNELS)
                .setEventLoopPoolSize(2));
    this.control =
        Vertx.vertx(
            new VertxOptions()
                .setPreferNativeTransport(by != TestedEngine.CHANNELS)
                .setEventLoopPoolSize(1));
    this.relay = Relay.on(vertx, control, metrics, steering, settings);
    this.ipv6Address = InetAddress.ofLiteral(steered ? "fd88::1" : "::1");
    activate();
    if (steered) {
      assertThat(steering.mode()).isEqualTo(SteeringMode.TPROXY);
      ThreadNamespace.run("", "ip", "-6", "route", "add", "local", "fd88::1", "dev", "lo");
    }
  }

  private void activate() {
    try {
      relay.activate();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Serves {@link #WEB} at {@link #port} with these backends, all ready. */
  void serve(TestBackend... backends) throws Exception {
    serve(POLICY, Stream.of(backends).map(backend -> backend.endpoint(READY)).toList());
  }

  void serve(ConnectionPolicy policy, TestBackend... backends) throws Exception {
    serve(policy, Stream.of(backends).map(backend -> backend.endpoint(READY)).toList());
  }

  void serve(ConnectionPolicy policy, List<Endpoint> endpoints) throws Exception {
    apply(server(WEB, policy, frontend(port, endpoints)));
  }

  /** Replaces the desired virtual servers. */
  void apply(VirtualServer... servers) throws Exception {
    desired.clear();
    for (VirtualServer server : servers) {
      desired.put(server.id(), server);
      for (InetAddress each : server.addresses()) {
        steering.addAddress(each);
      }
    }
    relay.apply(desired).toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  VirtualServer server(ServiceKey id, ConnectionPolicy policy, Frontend... frontends) {
    return new VirtualServer(id, 1, List.of(address), List.of(frontends), policy, LOCALITY);
  }

  static Frontend frontend(int port, List<Endpoint> endpoints) {
    return new Frontend("port-" + port, port, Protocol.TCP, endpoints);
  }

  Socket connect() throws IOException {
    return connect(port);
  }

  Socket connect(int to) throws IOException {
    Socket socket = new Socket();
    clients.add(socket);
    socket.setSoTimeout(10_000);
    socket.connect(new InetSocketAddress(address, to), 10_000);
    return socket;
  }

  /** Opens a connection, sends a byte, and returns the byte that comes back. */
  char ask(int to) throws IOException {
    try (Socket client = new Socket()) {
      client.setSoTimeout(10_000);
      client.connect(new InetSocketAddress(address, to), 10_000);
      client.getOutputStream().write('?');
      int answer = client.getInputStream().read();
      if (answer < 0) {
        throw new IOException("ended without an answer");
      }
      return (char) answer;
    }
  }

  VirtualServerStatus running() {
    return relay.status().get(WEB);
  }

  ListenerState listenState() {
    return running().frontends().getFirst().state();
  }

  double metric(String name, String... tags) {
    var found = metrics.find(name).tags(tags).meter();
    if (found == null) {
      return Double.NaN;
    }
    return found.measure().iterator().next().getValue();
  }

  @Override
  public void close() {
    try {
      for (Socket client : clients) {
        client.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    relay.drain(Duration.ZERO).toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
    vertx.close().toCompletionStage().toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
    control
        .close()
        .toCompletionStage()
        .toCompletableFuture()
        .orTimeout(10, TimeUnit.SECONDS)
        .join();
    steering.close();
    namespace.ifPresent(ThreadNamespace::close);
  }

  private static InetAddress nextAddress() {
    int number = NEXT_ADDRESS.getAndIncrement();
    return InetAddress.ofLiteral("127.89.%d.%d".formatted(number / 256, number % 256));
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
