package dev.ballast.dataplane.server.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.plan.ConnectionPolicy;
import dev.ballast.dataplane.core.plan.Frontend;
import dev.ballast.dataplane.core.plan.Protocol;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The backend of a UDP flow: how it is picked, how long it stays, and when the flow moves. */
@Tag("feature:protocols")
@ParameterizedClass(name = "{0}")
@EnumSource(names = {"EPOLL", "STEERED"})
class UdpFlowsTest {

  private static final int SOON_MILLIS = 300;

  private final RelayFixture relay;
  private UdpBackend one;
  private UdpBackend two;

  UdpFlowsTest(TestedEngine by) {
    relay = by.relay();
  }

  @BeforeEach
  void open() throws Exception {
    one = UdpBackend.named("1");
    two = UdpBackend.named("2");
  }

  @AfterEach
  void close() {
    relay.close();
    one.close();
    two.close();
  }

  @Test
  void a_client_keeps_its_backend_and_its_source_port() throws Exception {
    // Given
    serve(one.endpoint(RelayFixture.READY), two.endpoint(RelayFixture.READY));
    try (UdpClient client = UdpClient.of(relay)) {
      Set<String> answers = new HashSet<>();

      // When
      for (int i = 0; i < 20; i++) {
        answers.add(client.ask("?"));
      }

      // Then
      assertThat(answers).hasSize(1);
      assertThat(one.sources() + two.sources()).isEqualTo(1);
      assertThat(relay.metric("ballast.connections.active", "protocol", "UDP")).isEqualTo(1);
    }
  }

  @Test
  void a_flow_of_a_removed_endpoint_moves_with_its_next_datagram() throws Exception {
    // Given
    serve(one.endpoint(RelayFixture.READY));
    try (UdpClient client = UdpClient.of(relay)) {
      assertThat(client.ask("?")).isEqualTo("1?");

      // When
      serve(two.endpoint(RelayFixture.READY));

      // Then
      assertThat(client.ask("?")).isEqualTo("2?");
    }
  }

  @Test
  void a_flow_leaves_an_endpoint_that_is_not_ready_and_stays_at_one_that_terminates_but_serves()
      throws Exception {
    // Given
    serve(one.endpoint(RelayFixture.READY));
    try (UdpClient client = UdpClient.of(relay)) {
      assertThat(client.ask("?")).isEqualTo("1?");

      // When
      serve(one.endpoint(RelayFixture.SERVING_WHILE_TERMINATING), two.endpoint(RelayFixture.READY));
      String whileItEnds = client.ask("?");
      serve(one.endpoint(RelayFixture.NOT_READY), two.endpoint(RelayFixture.READY));
      String whenUnready = client.ask("?");

      // Then
      assertThat(whileItEnds).isEqualTo("1?");
      assertThat(whenUnready).isEqualTo("2?");
    }
  }

  @Test
  void a_refused_flow_moves_although_its_endpoint_still_exists() throws Exception {
    // Given: round robin picks the dead backend first for both clients
    int dead = two.port();
    Endpoint gone = two.endpoint(RelayFixture.READY);
    two.close();
    serve(gone, one.endpoint(RelayFixture.READY));
    try (UdpClient first = UdpClient.of(relay);
        UdpClient second = UdpClient.of(relay)) {
      // When
      await().untilAsserted(() -> assertThat(first.ask("?", SOON_MILLIS)).isEqualTo("1?"));
      await().untilAsserted(() -> assertThat(second.ask("?", SOON_MILLIS)).isEqualTo("1?"));

      // Then
      assertThat(relay.metric("ballast.backend.connect.failures", "protocol", "UDP")).isEqualTo(2);
      for (int i = 0; i < 10; i++) {
        assertThat(first.ask("?")).isEqualTo("1?");
        assertThat(second.ask("?")).isEqualTo("1?");
      }

      // And later clients try it again
      two = UdpBackend.at(dead, "2");
      Set<String> answers = new HashSet<>();
      for (int i = 0; i < 2; i++) {
        try (UdpClient later = UdpClient.of(relay)) {
          answers.add(later.ask("?"));
        }
      }
      assertThat(answers).containsExactlyInAnyOrder("1?", "2?");
    }
  }

  @Test
  void with_affinity_to_a_dead_backend_a_client_loses_at_most_one_answer() throws Exception {
    // Given
    Endpoint gone = two.endpoint(RelayFixture.READY);
    two.close();
    serve(TestPolicies.clientIp(), gone, one.endpoint(RelayFixture.READY));
    for (int i = 1; i <= 20; i++) {
      try (UdpClient client = UdpClient.of(relay, "127.0.12." + i)) {
        // When
        String first = client.ask("?", SOON_MILLIS);
        String second = client.ask("?");

        // Then
        assertThat(first).isIn("1?", UdpClient.NO_ANSWER);
        assertThat(second).isEqualTo("1?");
      }
    }
    assertThat(relay.metric("ballast.backend.connect.failures", "protocol", "UDP"))
        .isBetween(1.0, 19.0);
  }

  @Test
  void the_only_backend_is_used_again_after_it_has_refused() throws Exception {
    // Given
    int port = one.port();
    Endpoint endpoint = one.endpoint(RelayFixture.READY);
    serve(endpoint);
    try (UdpClient client = UdpClient.of(relay)) {
      assertThat(client.ask("?")).isEqualTo("1?");
      one.close();
      assertThat(client.ask("?", SOON_MILLIS)).isEqualTo(UdpClient.NO_ANSWER);

      // When
      one = UdpBackend.at(port, "back");

      // Then
      assertThat(client.ask("?")).isEqualTo("back?");
    }
  }

  @Test
  void a_port_without_backends_answers_unreachable_until_there_is_one() throws Exception {
    // Given
    serve(one.endpoint(RelayFixture.READY));
    try (UdpClient client = UdpClient.of(relay)) {
      assertThat(client.ask("?")).isEqualTo("1?");

      // When
      serve(one.endpoint(RelayFixture.NOT_READY));

      // Then
      assertThat(client.ask("?")).isEqualTo(UdpClient.REFUSED);
      assertThat(relay.listenState()).isEqualTo(new ListenerState.Listening());
      assertThat(relay.metric("ballast.connections.active", "protocol", "UDP")).isZero();

      // And when one comes back
      serve(two.endpoint(RelayFixture.READY));
      assertThat(client.ask("?")).isEqualTo("2?");
    }
  }

  @Test
  void an_idle_flow_ends_after_its_own_timeout_and_leaks_no_file_descriptor() throws Exception {
    // Given
    long before = descriptors();
    serve(TestPolicies.udpIdle(Duration.ofMillis(200)), one.endpoint(RelayFixture.READY));
    long listening = descriptors();
    try (UdpClient client = UdpClient.of(relay)) {
      client.ask("?");

      // Then
      await()
          .untilAsserted(
              () ->
                  assertThat(relay.metric("ballast.connections.active", "protocol", "UDP"))
                      .isZero());
      assertThat(descriptors()).isEqualTo(listening + 1); // the client's
      assertThat(client.ask("?")).isEqualTo("1?");
      assertThat(one.sources()).isEqualTo(2);
    }
    relay.apply();
    assertThat(descriptors()).isLessThanOrEqualTo(before);
  }

  @Test
  void flows_survive_when_other_ports_are_added_removed_and_changed() throws Exception {
    // Given
    serve(one.endpoint(RelayFixture.READY));
    int other = RelayFixture.freePort();
    int third = RelayFixture.freePort();
    Frontend kept = udp(one.endpoint(RelayFixture.READY));
    try (UdpClient client = UdpClient.of(relay)) {
      client.ask("?");

      // When
      relay.apply(
          relay.server(
              RelayFixture.WEB,
              RelayFixture.POLICY,
              udp(other, two.endpoint(RelayFixture.READY)),
              kept));
      client.ask("?");
      relay.apply(
          relay.server(
              RelayFixture.WEB,
              RelayFixture.POLICY,
              udp(third, two.endpoint(RelayFixture.READY)),
              kept));
      client.ask("?");
      relay.apply(relay.server(RelayFixture.WEB, RelayFixture.POLICY, kept));

      // Then
      assertThat(client.ask("?")).isEqualTo("1?");
      assertThat(one.sources()).isEqualTo(1);
    }
  }

  @Test
  void draining_ends_flows_at_once() throws Exception {
    // Given
    serve(one.endpoint(RelayFixture.READY));
    try (UdpClient client = UdpClient.of(relay)) {
      client.ask("?");

      // When
      relay.relay.drain(Duration.ofMinutes(1)).toCompletableFuture().get(5, TimeUnit.SECONDS);

      // Then
      assertThat(client.ask("?")).isEqualTo(UdpClient.REFUSED);
    }
  }

  private void serve(Endpoint... endpoints) throws Exception {
    serve(RelayFixture.POLICY, endpoints);
  }

  private void serve(ConnectionPolicy policy, Endpoint... endpoints) throws Exception {
    relay.apply(relay.server(RelayFixture.WEB, policy, udp(endpoints)));
  }

  private Frontend udp(Endpoint... endpoints) {
    return udp(relay.port, endpoints);
  }

  private static Frontend udp(int port, Endpoint... endpoints) {
    return new Frontend("udp-" + port, port, Protocol.UDP, List.of(endpoints));
  }

  private static long descriptors() throws Exception {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }
}
