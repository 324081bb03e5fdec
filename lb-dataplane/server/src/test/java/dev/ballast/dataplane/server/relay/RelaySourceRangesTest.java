package dev.ballast.dataplane.server.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Source ranges, on both engines. */
@Tag("feature:traffic")
class RelaySourceRangesTest {

  private static final InetAddress ALLOWED = InetAddress.ofLiteral("127.0.1.1");
  private static final InetAddress DENIED = InetAddress.ofLiteral("127.0.2.1");

  private TestBackend backend;

  @BeforeEach
  void open() throws IOException {
    backend = TestBackend.named('a');
  }

  @AfterEach
  void close() {
    backend.close();
  }

  @ParameterizedTest
  @EnumSource
  void a_denied_client_is_reset_before_a_backend_is_connected(TestedEngine by) throws Exception {
    try (RelayFixture relay = by.relay();
        TestBackend own = TestBackend.named('a')) {
      // Given
      relay.serve(TestPolicies.sources("10.0.0.0/8", "127.0.1.0/24"), own);

      // When
      String answer = ask(relay, DENIED);

      // Then
      assertThat(answer).isEqualTo("reset");
      assertThat(relay.metric("ballast.connections.denied")).isEqualTo(1);
      assertThat(relay.metric("ballast.connections")).isZero();
      assertThat(ask(relay, ALLOWED)).isEqualTo("a");
      assertThat(own.served()).isEqualTo(1);
    }
  }

  @Test
  void changed_ranges_apply_to_new_connections_and_not_to_open_ones() throws Exception {
    try (RelayFixture relay = new RelayFixture();
        TestBackend echo = TestBackend.echo();
        Socket established = new Socket()) {
      // Given
      relay.serve(echo);
      established.bind(new InetSocketAddress(DENIED, 0));
      established.connect(new InetSocketAddress(relay.address, relay.port), 10_000);
      established.setSoTimeout(10_000);
      established.getOutputStream().write('x');
      assertThat(established.getInputStream().read()).isEqualTo('x');

      // When
      relay.serve(TestPolicies.sources("127.0.1.0/24"), echo);

      // Then
      assertThat(ask(relay, DENIED)).isEqualTo("reset");
      established.getOutputStream().write('x');
      assertThat(established.getInputStream().read()).isEqualTo('x');

      // And the other way round
      relay.serve(TestPolicies.sources("0.0.0.0/1", "128.0.0.0/1"), echo);
      assertThat(ask(relay, DENIED)).isEqualTo("?");
    }
  }

  @Test
  void a_list_without_a_valid_range_denies_every_client() throws Exception {
    try (RelayFixture relay = new RelayFixture()) {
      // When
      relay.serve(TestPolicies.sources(), backend);

      // Then
      assertThat(ask(relay, ALLOWED)).isEqualTo("reset");
      assertThat(ask(relay, DENIED)).isEqualTo("reset");
      assertThat(backend.served()).isZero();
    }
  }

  private static String ask(RelayFixture relay, InetAddress from) throws IOException {
    try (Socket client = new Socket()) {
      client.setSoTimeout(10_000);
      client.bind(new InetSocketAddress(from, 0));
      client.connect(new InetSocketAddress(relay.address, relay.port), 10_000);
      client.getOutputStream().write('?');
      int answer = client.getInputStream().read();
      return answer < 0 ? "ended" : String.valueOf((char) answer);
    } catch (SocketException e) {
      return "reset";
    }
  }
}
