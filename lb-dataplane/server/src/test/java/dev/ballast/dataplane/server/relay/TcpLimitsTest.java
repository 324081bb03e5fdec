package dev.ballast.dataplane.server.relay;

import static dev.ballast.dataplane.core.plan.ConnectionLimits.UNLIMITED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.core.admission.AdmissionResult;
import dev.ballast.dataplane.core.admission.SharedResource;
import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.plan.ConnectionLimits;
import dev.ballast.dataplane.core.plan.ConnectionPolicy;
import dev.ballast.dataplane.core.plan.ServiceKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the limits of a Service and the budget of the node do to TCP connections. */
@Tag("feature:limits")
class TcpLimitsTest {

  private static final ServiceKey OTHER = new ServiceKey("default", "other");

  private final RelayFixture relay =
      RelayFixture.limited(new SharedResource(160), SharedResource.unlimited());
  private final List<Socket> open = new ArrayList<>();
  private TestBackend backend;

  @BeforeEach
  void openBackend() throws Exception {
    backend = TestBackend.echo();
  }

  @AfterEach
  void close() throws Exception {
    for (Socket each : open) {
      each.close();
    }
    relay.close();
    backend.close();
  }

  @Test
  void a_client_at_its_limit_is_reset_and_others_connect() throws Exception {
    // Given
    relay.serve(limits(new ConnectionLimits(UNLIMITED, UNLIMITED, 2, UNLIMITED)), backend);
    echo(connectFrom("127.0.0.1"));
    echo(connectFrom("127.0.0.1"));

    // When
    boolean third = echoes();

    // Then
    assertThat(third).isFalse();
    echo(connectFrom("127.0.0.2"));
    assertThat(rejected("client_limit")).isEqualTo(1);
  }

  @Test
  void a_connection_that_ends_makes_room_for_the_next_one() throws Exception {
    // Given
    relay.serve(limits(new ConnectionLimits(1, UNLIMITED, UNLIMITED, UNLIMITED)), backend);
    Socket first = connectFrom("127.0.0.1");
    echo(first);

    // When
    first.close();

    // Then
    await().ignoreExceptions().untilAsserted(() -> echo(connectFrom("127.0.0.1")));
  }

  @Test
  void connections_beyond_the_rate_are_reset() throws Exception {
    // Given
    relay.serve(limits(new ConnectionLimits(UNLIMITED, 5, UNLIMITED, UNLIMITED)), backend);

    // When
    long admitted = IntStream.range(0, 50).filter(i -> echoes()).count();

    // Then
    assertThat(admitted).isBetween(5L, 15L);
    assertThat(rejected("service_rate")).isEqualTo((double) (50 - admitted));
  }

  @Test
  void a_backend_gets_no_more_connections_than_its_limit() throws Exception {
    // Given
    relay.serve(limits(new ConnectionLimits(UNLIMITED, UNLIMITED, UNLIMITED, 1)), backend);
    echo(connectFrom("127.0.0.1"));

    // When
    boolean second = echoes();

    // Then
    assertThat(second).isFalse();
    assertThat(rejected("backend_limit")).isEqualTo(1);
  }

  @Test
  void a_limit_that_rejects_connections_for_some_time_is_in_the_status() throws Exception {
    // Given
    relay.serve(limits(new ConnectionLimits(UNLIMITED, UNLIMITED, 1, UNLIMITED)), backend);
    echo(connectFrom("127.0.0.1"));
    assertThat(relay.relay.status().get(RelayFixture.WEB).rejecting()).isEmpty();
    Set<ServiceKey> changed = ConcurrentHashMap.newKeySet();
    relay.relay.onChange(changed::addAll);

    // When
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(500))
        .until(() -> !echoes() && !changed.isEmpty());

    // Then
    assertThat(changed).containsExactly(RelayFixture.WEB);
    assertThat(relay.relay.status().get(RelayFixture.WEB).rejecting())
        .containsExactly(AdmissionResult.CLIENT_LIMIT);
  }

  @Test
  void a_client_is_tried_on_four_backends_and_no_more() throws Exception {
    // Given
    List<Endpoint> refusing = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      refusing.add(TestBackend.endpoint(RelayFixture.freePort(), RelayFixture.READY));
    }
    relay.serve(RelayFixture.POLICY, refusing);

    // When
    boolean answered = echoes();

    // Then
    assertThat(answered).isFalse();
    assertThat(relay.metric("ballast.backend.connect.failures")).isEqualTo(4);
  }

  @Test
  void a_Service_that_takes_all_it_can_leaves_room_for_another_one() throws Exception {
    // Given
    int otherPort = RelayFixture.freePort();
    List<Endpoint> endpoints = List.of(backend.endpoint(RelayFixture.READY));
    relay.apply(
        relay.server(
            RelayFixture.WEB, RelayFixture.POLICY, RelayFixture.frontend(relay.port, endpoints)),
        relay.server(OTHER, RelayFixture.POLICY, RelayFixture.frontend(otherPort, endpoints)));
    for (int i = 0; i < 200; i++) {
      tryConnectFrom("127.0.0." + (1 + i % 100));
    }
    await()
        .untilAsserted(
            () ->
                assertThat(
                        relay.metric("ballast.connections.active", "service", "web")
                            + rejected("service_share")
                            + rejected("client_share")
                            + rejected("node_budget"))
                    .isEqualTo(200));

    // When
    List<Socket> others = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Socket connected = relay.connect(otherPort);
      others.add(connected);
      open.add(connected);
    }

    // Then
    for (Socket other : others) {
      echo(other);
    }
    assertThat(relay.metric("ballast.connections.active", "service", "web")).isBetween(50.0, 76.0);
    assertThat(relay.metric("ballast.budget.used", "resource", "descriptors"))
        .isLessThanOrEqualTo(160);
  }

  private static ConnectionPolicy limits(ConnectionLimits limits) {
    return TestPolicies.limits(limits);
  }

  private double rejected(String reason) {
    return relay.metric("ballast.connections.rejected", "reason", reason, "service", "web");
  }

  private Socket connectFrom(String address) throws IOException {
    Socket socket = new Socket();
    open.add(socket);
    socket.setSoTimeout((int) Duration.ofSeconds(10).toMillis());
    socket.bind(new InetSocketAddress(InetAddress.ofLiteral(address), 0));
    socket.connect(new InetSocketAddress(relay.address, relay.port), 10_000);
    return socket;
  }

  /** A reset may come before the connect returns. */
  private void tryConnectFrom(String address) {
    try {
      connectFrom(address);
    } catch (IOException e) {
      // Rejected, and counted.
    }
  }

  private boolean echoes() {
    try {
      echo(connectFrom("127.0.0.1"));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static void echo(Socket over) throws IOException {
    over.getOutputStream().write('?');
    if (over.getInputStream().read() != '?') {
      throw new IOException("no answer");
    }
  }
}
