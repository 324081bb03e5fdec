package dev.ballast.dataplane.server.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.endpoint.TopologyHints;
import dev.ballast.dataplane.core.plan.ConnectionPolicy;
import dev.ballast.dataplane.core.plan.ConnectionPolicy.HealthCheckPolicy;
import dev.ballast.dataplane.server.relay.backend.BackendHealthStatus;
import dev.ballast.dataplane.server.relay.backend.BackendStatus;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The backend of a connection, and what happens when it does not accept. */
@ParameterizedClass(name = "{0}")
@EnumSource(names = {"EPOLL", "STEERED"})
class BackendSelectionTest {

  private final RelayFixture relay;
  private TestBackend a;
  private TestBackend b;
  private TestBackend c;

  BackendSelectionTest(TestedEngine by) {
    relay = by.relay();
  }

  @BeforeEach
  void open() throws IOException {
    a = TestBackend.named('a');
    b = TestBackend.named('b');
    c = TestBackend.named('c');
  }

  @AfterEach
  void close() {
    relay.close();
    a.close();
    b.close();
    c.close();
  }

  @Test
  void round_robin_goes_through_all_backends() throws Exception {
    // Given
    relay.serve(a, b, c);

    // When
    Map<Character, Integer> answers = ask(30);

    // Then
    assertThat(answers).isEqualTo(Map.of('a', 10, 'b', 10, 'c', 10));
  }

  @Test
  void least_connections_avoids_the_busy_backend() throws Exception {
    try (TestBackend busy = TestBackend.of(connection -> connection.getInputStream().read());
        TestBackend free = TestBackend.of(connection -> connection.getInputStream().read())) {
      // Given
      relay.serve(TestPolicies.leastConnections(), busy, free);

      // When
      for (int i = 0; i < 40; i++) {
        relay.connect();
      }

      // Then: with two backends the choice is exact
      await()
          .untilAsserted(
              () -> assertThat(relay.metric("ballast.connections.active")).isEqualTo(40));
      await().untilAsserted(() -> assertThat(busy.open()).isBetween(19L, 21L));
      await().untilAsserted(() -> assertThat(free.open()).isBetween(19L, 21L));
    }
  }

  @Test
  void client_ip_affinity_keeps_a_client_at_its_backend() throws Exception {
    // Given
    relay.serve(TestPolicies.clientIp(), a, b, c);

    // When
    Map<Character, Integer> answers = ask(20);

    // Then
    assertThat(answers).hasSize(1);
  }

  @Tag("feature:traffic")
  @Test
  void backends_with_a_hint_for_this_node_get_all_connections() throws Exception {
    // Given
    relay.serve(
        RelayFixture.POLICY,
        List.of(meantFor(RelayFixture.LOCALITY.node(), a), meantFor("other", b)));

    // When
    Map<Character, Integer> answers = ask(10);

    // Then
    assertThat(answers).isEqualTo(Map.of('a', 10));
  }

  @Tag("feature:traffic")
  @Test
  void other_backends_take_over_when_those_with_a_hint_are_unhealthy() throws Exception {
    // Given
    ConnectionPolicy eager =
        TestPolicies.check(
            new HealthCheckPolicy(Duration.ofMillis(50), Duration.ofSeconds(1), 1, 1));
    relay.serve(eager, List.of(meantFor(RelayFixture.LOCALITY.node(), a), meantFor("other", b)));

    // When
    a.close();

    // Then
    await().ignoreExceptions().untilAsserted(() -> assertThat(ask(5)).isEqualTo(Map.of('b', 5)));
  }

  @Tag("feature:traffic")
  @Test
  void session_affinity_picks_the_same_backend_on_every_node() throws Exception {
    // Given
    relay.serve(TestPolicies.clientIp(), a, b, c);
    Set<Character> before = ask(1).keySet();
    TestBackend other = before.contains('a') ? b : a;

    // When
    relay.serve(
        TestPolicies.clientIp(),
        Stream.of(a, b, c)
            .map(each -> meantFor(each == other ? RelayFixture.LOCALITY.node() : "other", each))
            .toList());

    // Then
    assertThat(ask(5).keySet()).isEqualTo(before);
  }

  @Tag("feature:faults")
  @Test
  void a_backend_that_refuses_is_skipped() throws Exception {
    // Given
    int closedPort = RelayFixture.freePort();
    relay.serve(
        RelayFixture.POLICY,
        List.of(TestBackend.endpoint(closedPort, RelayFixture.READY), ready(a)));

    // When
    Map<Character, Integer> answers = ask(10);

    // Then
    assertThat(answers).isEqualTo(Map.of('a', 10));
    assertThat(relay.metric("ballast.backend.connect.failures")).isEqualTo(5);
  }

  @Tag("feature:faults")
  @Test
  void a_backend_that_does_not_answer_is_skipped_after_the_connect_timeout() throws Exception {
    try (Blackhole blackhole = new Blackhole()) {
      // Given
      relay.serve(
          TestPolicies.connectTimeout(Duration.ofMillis(200)),
          List.of(TestBackend.endpoint(blackhole.port(), RelayFixture.READY), ready(a)));

      // When
      long start = System.nanoTime();
      char answer = ask();
      long millis = (System.nanoTime() - start) / 1_000_000;

      // Then
      assertThat(answer).isEqualTo('a');
      assertThat(millis).isBetween(190L, 900L);
    }
  }

  @Tag("feature:faults")
  @Test
  void a_client_is_reset_when_every_backend_refuses() throws Exception {
    // Given
    relay.serve(
        RelayFixture.POLICY,
        List.of(
            TestBackend.endpoint(RelayFixture.freePort(), RelayFixture.READY),
            TestBackend.endpoint(RelayFixture.freePort(), RelayFixture.READY)));

    // When
    assertThatThrownBy(this::ask).hasMessageContaining("reset");

    // Then
    assertThat(relay.metric("ballast.backend.connect.failures")).isEqualTo(2);
    assertThat(relay.metric("ballast.connections.active")).isZero();
  }

  @Test
  void a_backend_that_becomes_not_ready_keeps_its_connections_and_gets_no_new_one()
      throws Exception {
    try (TestBackend leaving = TestBackend.manual()) {
      // Given
      relay.serve(leaving);
      Socket client = relay.connect();
      Socket server = leaving.take();

      // When
      relay.serve(RelayFixture.POLICY, List.of(leaving.endpoint(RelayFixture.NOT_READY), ready(a)));

      // Then
      assertThat(ask(5)).isEqualTo(Map.of('a', 5));
      client.getOutputStream().write('x');
      assertThat(server.getInputStream().read()).isEqualTo('x');
      assertThat(states())
          .containsExactly(BackendHealthStatus.NOT_READY, BackendHealthStatus.HEALTHY);
    }
  }

  @Test
  void a_removed_backend_keeps_its_connections() throws Exception {
    try (TestBackend leaving = TestBackend.manual()) {
      // Given
      relay.serve(leaving);
      Socket client = relay.connect();
      Socket server = leaving.take();

      // When
      relay.serve(a);

      // Then
      server.getOutputStream().write('x');
      assertThat(client.getInputStream().read()).isEqualTo('x');
    }
  }

  @Test
  void terminating_backends_are_used_when_there_is_no_other_backend() throws Exception {
    // When
    relay.serve(
        RelayFixture.POLICY,
        List.of(
            a.endpoint(RelayFixture.SERVING_WHILE_TERMINATING),
            b.endpoint(RelayFixture.NOT_READY)));

    // Then
    assertThat(ask(3)).isEqualTo(Map.of('a', 3));
    assertThat(states())
        .containsExactly(BackendHealthStatus.DRAINING, BackendHealthStatus.NOT_READY);
  }

  @Test
  void without_a_backend_clients_are_refused_and_the_port_stays_reserved() throws Exception {
    // Given
    relay.serve(a);
    Socket before = relay.connect();
    await().until(() -> relay.metric("ballast.connections.active") == 1);

    // When
    relay.serve(RelayFixture.POLICY, List.of(a.endpoint(RelayFixture.NOT_READY)));

    // Then
    assertThatThrownBy(relay::connect).isInstanceOf(ConnectException.class);
    assertThat(relay.listenState()).isEqualTo(new ListenerState.Listening());
    before.getOutputStream().write('x');
    assertThat(before.getInputStream().read()).isEqualTo('a');

    // And back
    relay.serve(a);
    assertThat(ask()).isEqualTo('a');
  }

  @Tag("feature:faults")
  @Test
  void replacing_backends_under_load_loses_no_connection() throws Exception {
    // Given
    relay.serve(a, b);
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger asked = new AtomicInteger();
    Map<Integer, Throwable> failures = new ConcurrentHashMap<>();
    List<Thread> clients =
        IntStream.range(0, 4)
            .mapToObj(
                number ->
                    Thread.ofPlatform() // in the network namespace of this thread
                        .start(
                            () -> {
                              try {
                                while (!stop.get()) {
                                  ask();
                                  asked.incrementAndGet();
                                }
                              } catch (Exception e) {
                                failures.put(number, e);
                              }
                            }))
            .toList();

    // When
    int[] swaps = {0};
    await()
        .pollInterval(Duration.ofMillis(2))
        .until(
            () -> {
              relay.serve(
                  swaps[0]++ % 2 == 0 ? new TestBackend[] {b, c} : new TestBackend[] {a, b});
              return swaps[0] > 50 && (asked.get() > 500 || !failures.isEmpty());
            });
    stop.set(true);
    for (Thread client : clients) {
      client.join();
    }

    // Then
    assertThat(failures).isEmpty();
    assertThat(c.served()).isPositive();
  }

  @Test
  void an_unhealthy_backend_gets_no_connection_until_it_is_healthy_again() throws Exception {
    // Given
    HealthCheckPolicy fast =
        new HealthCheckPolicy(Duration.ofMillis(100), Duration.ofMillis(500), 2, 2);
    int port = RelayFixture.freePort();
    AtomicInteger changes = new AtomicInteger();
    relay.relay.onChange(services -> changes.incrementAndGet());
    Endpoint down = TestBackend.endpoint(port, RelayFixture.READY);
    relay.serve(TestPolicies.check(fast), List.of(down, ready(a)));
    int changesBefore = changes.get();

    // When it fails
    await().until(() -> states().getFirst() == BackendHealthStatus.UNHEALTHY);

    // Then
    assertThat(changes.get()).isGreaterThan(changesBefore);
    assertThat(relay.running().backends().getFirst().message())
        .isEqualTo("health check fails: connection refused");
    double failures = relay.metric("ballast.backend.connect.failures");
    assertThat(ask(6)).isEqualTo(Map.of('a', 6));
    assertThat(relay.metric("ballast.backend.connect.failures")).isEqualTo(failures);

    // And when it comes back
    try (TestBackend back =
        TestBackend.of(port, connection -> connection.getOutputStream().write('z'))) {
      await().until(() -> states().getFirst() == BackendHealthStatus.HEALTHY);
      assertThat(ask(4)).isEqualTo(Map.of('a', 2, 'z', 2));
    }
  }

  @Test
  void when_all_backends_are_unhealthy_all_are_used() throws Exception {
    // Given: a health check that always times out, as when this node's network is slow
    HealthCheckPolicy strict =
        new HealthCheckPolicy(Duration.ofMillis(100), Duration.ofMillis(300), 1, 1);
    int port = RelayFixture.freePort();
    relay.serve(
        TestPolicies.check(strict), List.of(TestBackend.endpoint(port, RelayFixture.READY)));
    await().until(() -> states().getFirst() == BackendHealthStatus.UNHEALTHY);

    // When
    assertThatThrownBy(this::ask).hasMessageContaining("reset");

    // Then: accepted and tried, not refused
    assertThat(relay.metric("ballast.backend.connect.failures")).isEqualTo(1);
  }

  private static Endpoint ready(TestBackend backend) {
    return backend.endpoint(RelayFixture.READY);
  }

  private List<BackendHealthStatus> states() {
    return relay.running().backends().stream().map(BackendStatus::state).toList();
  }

  private Map<Character, Integer> ask(int times) throws IOException {
    Map<Character, Integer> answers = new HashMap<>();
    for (int i = 0; i < times; i++) {
      answers.merge(ask(), 1, Integer::sum);
    }
    return answers;
  }

  private static Endpoint meantFor(String node, TestBackend backend) {
    Endpoint of = backend.endpoint(RelayFixture.READY);
    return new Endpoint(
        of.address(),
        of.port(),
        of.pod(),
        of.node(),
        of.conditions(),
        new TopologyHints(Set.of(node), Set.of()));
  }

  private char ask() throws IOException {
    return relay.ask(relay.port);
  }
}
