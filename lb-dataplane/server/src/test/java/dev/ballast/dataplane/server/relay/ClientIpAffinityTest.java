package dev.ballast.dataplane.server.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.core.admission.ResourceUsage;
import dev.ballast.dataplane.core.admission.SharedResource;
import dev.ballast.dataplane.core.health.HealthState;
import dev.ballast.dataplane.core.plan.ConnectionPolicy;
import dev.ballast.dataplane.core.plan.Frontend;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.server.relay.backend.AffinityTable;
import dev.ballast.dataplane.server.relay.backend.Backend;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code sessionAffinity: ClientIP}. Thirty clients do not all keep their backends by chance. */
@Tag("feature:traffic")
class ClientIpAffinityTest {

  private static final ConnectionPolicy THREE_HOURS = TestPolicies.clientIp();

  private static final List<String> CLIENTS =
      IntStream.range(0, 30).mapToObj(number -> "127.0.9." + (number + 1)).toList();

  private final RelayFixture relay = new RelayFixture();
  private TestBackend a;
  private TestBackend b;
  private TestBackend c;

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

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void clients_keep_their_backends_when_backends_are_added_and_new_clients_are_distributed(
      boolean epoll) throws Exception {
    try (RelayFixture engine = new RelayFixture(epoll)) {
      // Given
      engine.serve(THREE_HOURS, a);
      askAll(engine);

      // When
      engine.serve(THREE_HOURS, b, c, a);

      // Then
      assertThat(askAll(engine).values()).containsOnly('a');
      Set<Character> newcomers = new HashSet<>();
      for (int i = 1; i < 30; i++) {
        newcomers.add(ask(engine, "127.0.10." + i));
      }
      assertThat(newcomers).containsExactlyInAnyOrder('a', 'b', 'c');
    }
  }

  @Test
  void a_node_that_takes_over_without_the_affinity_table_picks_the_same_backends()
      throws Exception {
    try (RelayFixture other = new RelayFixture()) {
      // Given
      relay.serve(THREE_HOURS, a, b, c);
      Map<String, Character> before = askAll(relay);

      // When
      other.serve(THREE_HOURS, c, a, b);

      // Then
      assertThat(askAll(other)).isEqualTo(before);
      assertThat(before.values()).contains('a', 'b', 'c');
    }
  }

  @Test
  void clients_of_a_removed_backend_move_and_do_not_move_back() throws Exception {
    // Given
    relay.serve(THREE_HOURS, a, b, c);
    Map<String, Character> before = askAll(relay);
    relay.serve(THREE_HOURS, a, b);
    Map<String, Character> without = askAll(relay);

    // When
    relay.serve(THREE_HOURS, a, b, c);

    // Then
    assertThat(askAll(relay)).isEqualTo(without);
    before.forEach(
        (client, backend) -> {
          if (backend != 'c') {
            assertThat(without).containsEntry(client, backend);
          }
        });
  }

  @Test
  void a_client_is_new_after_the_timeout() throws Exception {
    // Given
    ConnectionPolicy second = TestPolicies.clientIp(Duration.ofSeconds(1));
    relay.serve(second, a);
    askAll(relay);
    relay.serve(second, a, b, c);
    assertThat(askAll(relay).values()).containsOnly('a');

    // When
    await()
        .pollDelay(Duration.ofSeconds(2))
        .untilAsserted(() -> assertThat(askAll(relay).values()).contains('a', 'b', 'c'));
  }

  @Test
  void the_timeout_does_not_start_while_a_client_is_connected() throws Exception {
    try (TestBackend echo = TestBackend.echo()) {
      // Given
      ConnectionPolicy second = TestPolicies.clientIp(Duration.ofSeconds(1));
      relay.serve(second, echo);
      List<Socket> open = new ArrayList<>();
      for (String client : CLIENTS) {
        Socket socket = connect(relay, client);
        socket.getOutputStream().write('x');
        assertThat(socket.getInputStream().read()).isEqualTo('x');
        open.add(socket);
      }

      // When
      relay.serve(second, echo, a, b);

      // Then
      await()
          .pollDelay(Duration.ofSeconds(2))
          .untilAsserted(() -> assertThat(askAll(relay).values()).containsOnly('?'));
      for (Socket socket : open) {
        socket.close();
      }
    }
  }

  @Test
  void affinity_can_be_enabled_and_disabled_at_run_time() throws Exception {
    // Given
    relay.serve(a, b, c);
    assertThat(askOften("127.0.9.1")).containsExactlyInAnyOrder('a', 'b', 'c');

    // When
    relay.serve(THREE_HOURS, a, b, c);
    Set<Character> on = askOften("127.0.9.1");
    relay.serve(a, b, c);
    Set<Character> off = askOften("127.0.9.1");

    // Then
    assertThat(on).hasSize(1);
    assertThat(off).containsExactlyInAnyOrder('a', 'b', 'c');
  }

  @Test
  void a_client_does_not_return_to_a_backend_that_has_refused() throws Exception {
    // Given
    relay.serve(THREE_HOURS, a, b);
    assertThat(askAll(relay).values()).contains('a', 'b');
    InetSocketAddress address = new InetSocketAddress(TestBackend.ADDRESS, a.port());

    // When
    a.close();
    await()
        .untilAsserted(
            () ->
                assertThatThrownBy(
                        () -> new Socket(address.getAddress(), address.getPort()).close())
                    .isInstanceOf(ConnectException.class));

    // Then
    assertThat(askAll(relay).values()).containsOnly('b');
  }

  @Test
  void all_datagrams_of_a_client_address_go_to_one_backend_from_any_port() throws Exception {
    try (UdpBackend one = UdpBackend.named("1");
        UdpBackend two = UdpBackend.named("2")) {
      // Given
      relay.apply(relay.server(RelayFixture.WEB, THREE_HOURS, udp(one)));
      Set<String> before = askAllByUdp();

      // When
      relay.apply(relay.server(RelayFixture.WEB, THREE_HOURS, udp(one, two)));

      // Then
      assertThat(askAllByUdp()).isEqualTo(before).containsExactly("1");
      Set<String> newcomers = new HashSet<>();
      for (int i = 1; i < 30; i++) {
        Set<String> answers = new HashSet<>();
        for (int again = 0; again < 3; again++) {
          try (UdpClient client = UdpClient.of(relay, "127.0.11." + i)) {
            answers.add(client.ask("!").substring(0, 1));
          }
        }
        assertThat(answers).hasSize(1);
        newcomers.addAll(answers);
      }
      assertThat(newcomers).containsExactlyInAnyOrder("1", "2");
    }
  }

  @Test
  void a_full_table_keeps_its_entries_until_their_timeout() {
    // Given
    AffinityTable clients = new AffinityTable(new ResourceUsage(new SharedResource(2)));
    Backend backend =
        new Backend(TestBackend.endpoint(1, RelayFixture.READY), HealthState.initial(0));
    var first = clients.connectionOpened(InetAddress.ofLiteral("10.0.0.1"), backend, 0);
    clients.connectionOpened(InetAddress.ofLiteral("10.0.0.2"), backend, 0);

    // When
    var third = clients.connectionOpened(InetAddress.ofLiteral("10.0.0.3"), backend, 0);

    // Then
    assertThat(third).isNull();
    assertThat(clients.connectionOpened(InetAddress.ofLiteral("10.0.0.1"), backend, 0))
        .isSameAs(first);
    clients.expire(Duration.ofSeconds(1), Duration.ofSeconds(5).toNanos());
    assertThat(clients.size()).as("both are connected").isEqualTo(2);
    first.connectionClosed(0);
    first.connectionClosed(0);
    clients.expire(Duration.ofSeconds(1), Duration.ofSeconds(5).toNanos());
    assertThat(clients.size()).isEqualTo(1);
  }

  private Frontend udp(UdpBackend... backends) {
    return new Frontend(
        "udp",
        relay.port,
        Protocol.UDP,
        Arrays.stream(backends).map(backend -> backend.endpoint(RelayFixture.READY)).toList());
  }

  private Set<String> askAllByUdp() throws IOException {
    Set<String> answers = new HashSet<>();
    for (String from : CLIENTS) {
      try (UdpClient client = UdpClient.of(relay, from)) {
        answers.add(client.ask("?").substring(0, 1));
      }
    }
    return answers;
  }

  private Set<Character> askOften(String from) throws IOException {
    Set<Character> answers = new HashSet<>();
    for (int i = 0; i < 15; i++) {
      answers.add(ask(relay, from));
    }
    return answers;
  }

  private static Map<String, Character> askAll(RelayFixture at) throws IOException {
    Map<String, Character> answers = new LinkedHashMap<>();
    for (String client : CLIENTS) {
      answers.put(client, ask(at, client));
    }
    return answers;
  }

  private static char ask(RelayFixture at, String from) throws IOException {
    try (Socket client = connect(at, from)) {
      client.getOutputStream().write('?');
      int answer = client.getInputStream().read();
      if (answer < 0) {
        throw new IOException("ended without an answer");
      }
      return (char) answer;
    }
  }

  private static Socket connect(RelayFixture at, String from) throws IOException {
    Socket client = new Socket();
    client.setSoTimeout(10_000);
    client.bind(new InetSocketAddress(InetAddress.ofLiteral(from), 0));
    client.connect(new InetSocketAddress(at.address, at.port), 10_000);
    return client;
  }
}
