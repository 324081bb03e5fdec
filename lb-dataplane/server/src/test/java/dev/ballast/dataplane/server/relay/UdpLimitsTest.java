package dev.ballast.dataplane.server.relay;

import static dev.ballast.dataplane.core.plan.ConnectionLimits.UNLIMITED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.admission.SharedResource;
import dev.ballast.dataplane.core.plan.ConnectionLimits;
import dev.ballast.dataplane.core.plan.Frontend;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.ServiceKey;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the limits of a Service and the budget of the node do to UDP flows. */
@Tag("feature:limits")
class UdpLimitsTest {

  private static final ServiceKey OTHER = new ServiceKey("default", "other");

  private final RelayFixture relay =
      RelayFixture.limited(SharedResource.unlimited(), new SharedResource(160));
  private final List<UdpClient> open = new ArrayList<>();
  private UdpBackend backend;

  @BeforeEach
  void openBackend() throws Exception {
    backend = UdpBackend.named("1");
  }

  @AfterEach
  void close() {
    open.forEach(UdpClient::close);
    relay.close();
    backend.close();
  }

  @Test
  void all_clients_are_answered_when_there_are_more_than_the_limit_of_flows() throws Exception {
    // Given
    relay.apply(
        relay.server(
            RelayFixture.WEB,
            TestPolicies.limits(new ConnectionLimits(40, UNLIMITED, UNLIMITED, UNLIMITED)),
            udp(relay.port)));

    // When
    for (int i = 0; i < 200; i++) {
      assertThat(ask("127.0.0." + (1 + i % 100), relay.port)).isEqualTo("1?");
    }

    // Then
    double active = relay.metric("ballast.connections.active", "protocol", "UDP");
    assertThat(active).isBetween(30.0, 40.0);
    assertThat(relay.metric("ballast.udp.flows.evicted")).isEqualTo(200 - active);
  }

  @Test
  void one_client_with_many_ports_loses_its_own_flows() throws Exception {
    // Given
    relay.apply(
        relay.server(
            RelayFixture.WEB,
            TestPolicies.limits(new ConnectionLimits(UNLIMITED, UNLIMITED, 40, UNLIMITED)),
            udp(relay.port)));
    UdpClient quiet = client("127.0.0.2", relay.port);
    quiet.ask("?");

    // When
    for (int i = 0; i < 200; i++) {
      assertThat(ask("127.0.0.1", relay.port)).isEqualTo("1?");
    }

    // Then
    int sources = backend.sources();
    assertThat(quiet.ask("?")).isEqualTo("1?");
    assertThat(backend.sources()).as("the flow of the quiet client is open").isEqualTo(sources);
    assertThat(relay.metric("ballast.connections.active", "protocol", "UDP"))
        .isLessThanOrEqualTo(41);
  }

  @Test
  void a_flood_to_one_Service_leaves_flows_to_another_one() throws Exception {
    // Given
    int otherPort = RelayFixture.freePort();
    relay.apply(
        relay.server(RelayFixture.WEB, RelayFixture.POLICY, udp(relay.port)),
        relay.server(OTHER, RelayFixture.POLICY, udp(otherPort)));
    for (int i = 0; i < 400; i++) {
      ask("127.0.0.1", relay.port);
    }

    // When
    for (int i = 0; i < 50; i++) {
      assertThat(ask("127.0.0." + (2 + i), otherPort)).isEqualTo("1?");
    }

    // Then
    double evicted = relay.metric("ballast.udp.flows.evicted", "service", "other");
    assertThat(evicted).as("the flows of the flood gave way").isZero();
    assertThat(relay.metric("ballast.connections.active", "service", "other")).isEqualTo(50);
    assertThat(relay.metric("ballast.budget.used", "resource", "udp_ports"))
        .isLessThanOrEqualTo(160);
  }

  private Frontend udp(int port) {
    return new Frontend("udp", port, Protocol.UDP, List.of(backend.endpoint(RelayFixture.READY)));
  }

  private String ask(String from, int port) throws Exception {
    return client(from, port).ask("?", 1000);
  }

  private UdpClient client(String from, int port) throws Exception {
    UdpClient client = new UdpClient(InetAddress.ofLiteral(from), relay.address, port);
    open.add(client);
    return client;
  }
}
