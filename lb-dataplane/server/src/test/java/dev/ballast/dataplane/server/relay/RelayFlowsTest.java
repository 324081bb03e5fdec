package dev.ballast.dataplane.server.relay;

import static dev.ballast.dataplane.core.plan.Protocol.TCP;
import static dev.ballast.dataplane.core.plan.Protocol.UDP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.plan.FiveTuple;
import dev.ballast.dataplane.core.plan.Frontend;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What a node tells the next owner of an address about its connections. */
@Tag("feature:faults")
@ParameterizedClass(name = "{0}")
@EnumSource(TestedEngine.class)
class RelayFlowsTest {

  private final RelayFixture relay;
  private final TestedEngine engine;

  RelayFlowsTest(TestedEngine by) {
    engine = by;
    relay = by.relay();
  }

  @AfterEach
  void close() {
    relay.close();
  }

  private List<FiveTuple> flows(InetAddress address) throws Exception {
    return relay
        .relay
        .flows(Set.of(address))
        .get(5, TimeUnit.SECONDS)
        .getOrDefault(address, List.of());
  }

  @Test
  void the_connections_of_an_address_are_listed_until_they_end() throws Exception {
    try (TestBackend manual = TestBackend.manual()) {
      // Given
      relay.serve(manual);
      Socket first = relay.connect();
      Socket second = relay.connect();
      manual.take();
      Socket server = manual.take();

      // When
      List<FiveTuple> flows = flows(relay.address);

      // Then
      var frontend = new Binding(relay.address, relay.port, TCP);
      assertThat(flows)
          .containsExactlyInAnyOrder(
              new FiveTuple(first.getLocalAddress(), first.getLocalPort(), frontend),
              new FiveTuple(second.getLocalAddress(), second.getLocalPort(), frontend));
      assertThat(flows(InetAddress.ofLiteral("192.0.2.1"))).isEmpty();
      assertThat(server.isConnected()).isTrue();
      first.setSoLinger(true, 0);
      first.close();
      await().untilAsserted(() -> assertThat(flows(relay.address)).hasSize(1));
    }
  }

  @Test
  void the_udp_flows_of_an_address_are_listed() throws Exception {
    assumeTrue(engine != TestedEngine.CHANNELS);
    try (UdpBackend backend = UdpBackend.named("1")) {
      // Given
      List<Endpoint> endpoints = List.of(backend.endpoint(RelayFixture.READY));
      relay.apply(
          relay.server(
              RelayFixture.WEB,
              RelayFixture.POLICY,
              new Frontend("dns", relay.port, UDP, endpoints)));
      try (UdpClient client = UdpClient.of(relay)) {
        assertThat(client.ask("?")).isEqualTo("1?");

        // When
        List<FiveTuple> flows = flows(relay.address);

        // Then
        assertThat(flows)
            .containsExactly(
                new FiveTuple(
                    InetAddress.ofLiteral("127.0.0.1"),
                    client.localPort(),
                    new Binding(relay.address, relay.port, UDP)));
      }
    }
  }
}
