package dev.ballast.dataplane.server.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.plan.ConnectionPolicy;
import dev.ballast.dataplane.core.plan.ConnectionPolicy.HealthCheckPolicy;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.server.relay.backend.BackendHealthStatus;
import dev.ballast.dataplane.server.relay.backend.BackendStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A node that owns both addresses of a dual-stack Service with two Pods. Over IPv4 they answer
 * {@code a} and {@code b}, over IPv6 {@code A} and {@code B}.
 */
@Tag("feature:families")
@ParameterizedClass(name = "{0}")
@EnumSource(names = {"EPOLL", "STEERED"})
class DualStackRelayTest {

  private static final InetAddress LOOPBACK_6 = InetAddress.ofLiteral("::1");

  private final RelayFixture relay;
  private TestBackend a4;
  private TestBackend b4;
  private TestBackend a6;
  private TestBackend b6;

  DualStackRelayTest(TestedEngine by) {
    relay = by.relay();
  }

  @BeforeEach
  void open() throws IOException {
    a4 = TestBackend.named('a');
    b4 = TestBackend.named('b');
    a6 = TestBackend.named('A', LOOPBACK_6, a4.port());
    b6 = TestBackend.named('B', LOOPBACK_6, b4.port());
  }

  @AfterEach
  void close() {
    relay.close();
    List.of(a4, b4, a6, b6).forEach(TestBackend::close);
  }

  @Test
  void clients_of_each_family_are_distributed_over_the_pod_addresses_of_that_family()
      throws Exception {
    // Given
    serve(RelayFixture.POLICY);

    // When
    Map<Character, Integer> ipv4 = ask(relay.address, 10);
    Map<Character, Integer> ipv6 = ask(relay.ipv6Address, 10);

    // Then
    assertThat(ipv4).isEqualTo(Map.of('a', 5, 'b', 5));
    assertThat(ipv6).isEqualTo(Map.of('A', 5, 'B', 5));
  }

  /** The affinity table of one family must not affect clients of the other one. */
  @Test
  void session_affinity_is_separate_for_each_ip_family() throws Exception {
    // Given
    serve(TestPolicies.clientIp());

    // When
    Map<Character, Integer> ipv4 = ask(relay.address, 10);
    Map<Character, Integer> ipv6 = ask(relay.ipv6Address, 10);

    // Then
    assertThat(ipv4).hasSize(1).doesNotContainKeys('A', 'B');
    assertThat(ipv6).hasSize(1).doesNotContainKeys('a', 'b');
  }

  @Test
  void a_dual_stack_pod_is_one_backend_and_a_port_has_one_connection_count() throws Exception {
    // Given
    serve(RelayFixture.POLICY);

    // When
    ask(relay.address, 3);
    ask(relay.ipv6Address, 4);

    // Then
    assertThat(relay.running().backends()).hasSize(2);
    assertThat(relay.metric("ballast.backends", "state", "healthy")).isEqualTo(2);
    assertThat(relay.metrics.find("ballast.connections").meters()).hasSize(1);
    assertThat(relay.metric("ballast.connections")).isEqualTo(7);
  }

  @Test
  void a_pod_that_fails_the_check_of_one_family_is_an_unhealthy_backend() throws Exception {
    // Given
    a6.close();

    // When
    serve(
        TestPolicies.check(
            new HealthCheckPolicy(Duration.ofMillis(50), Duration.ofSeconds(1), 1, 1)));

    // Then
    await()
        .untilAsserted(
            () ->
                assertThat(relay.running().backends())
                    .extracting(backend -> backend.endpoint().pod(), BackendStatus::state)
                    .containsExactlyInAnyOrder(
                        tuple(pod(a4), BackendHealthStatus.UNHEALTHY),
                        tuple(pod(b4), BackendHealthStatus.HEALTHY)));
    assertThat(ask(relay.address, 4)).isEqualTo(Map.of('a', 2, 'b', 2));
    assertThat(ask(relay.ipv6Address, 4)).isEqualTo(Map.of('B', 4));
  }

  private void serve(ConnectionPolicy policy) throws Exception {
    List<Endpoint> endpoints =
        List.of(
            a4.endpoint(RelayFixture.READY),
            b4.endpoint(RelayFixture.READY),
            at6(a4.endpoint(RelayFixture.READY)),
            at6(b4.endpoint(RelayFixture.READY)));
    relay.apply(
        new VirtualServer(
            RelayFixture.WEB,
            1,
            List.of(relay.address, relay.ipv6Address),
            List.of(RelayFixture.frontend(relay.port, endpoints)),
            policy,
            RelayFixture.LOCALITY));
  }

  private static Endpoint at6(Endpoint of) {
    return new Endpoint(LOOPBACK_6, of.port(), of.pod(), of.node(), of.conditions(), of.hints());
  }

  private static String pod(TestBackend backend) {
    return backend.endpoint(RelayFixture.READY).pod();
  }

  private Map<Character, Integer> ask(InetAddress address, int times) throws IOException {
    Map<Character, Integer> answers = new TreeMap<>();
    for (int i = 0; i < times; i++) {
      try (Socket client = new Socket()) {
        client.setSoTimeout(10_000);
        client.connect(new InetSocketAddress(address, relay.port), 10_000);
        client.getOutputStream().write('?');
        answers.merge((char) client.getInputStream().read(), 1, Integer::sum);
      }
    }
    return answers;
  }
}
