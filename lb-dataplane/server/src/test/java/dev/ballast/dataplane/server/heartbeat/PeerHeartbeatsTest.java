package dev.ballast.dataplane.server.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PeerHeartbeatsTest {

  private static final InetAddress OWN = InetAddress.ofLiteral("192.0.2.1");
  private static final InetAddress OWN_IPV6 = InetAddress.ofLiteral("2001:db8::1");
  private static final InetAddress OTHER = InetAddress.ofLiteral("192.0.2.2");
  private static final InetAddress OTHER_IPV6 = InetAddress.ofLiteral("2001:db8::2");

  @Test
  void each_other_node_has_one_address() {
    // When
    var peers =
        PeerHeartbeats.peersOf("a", Map.of(OWN, "a", OWN_IPV6, "a", OTHER, "b", OTHER_IPV6, "b"));

    // Then
    assertThat(peers).containsOnly(Map.entry("b", OTHER));
  }

  @Test
  void the_address_has_a_family_of_this_node() {
    // When
    var peers = PeerHeartbeats.peersOf("a", Map.of(OWN_IPV6, "a", OTHER, "b", OTHER_IPV6, "b"));

    // Then
    assertThat(peers).containsOnly(Map.entry("b", OTHER_IPV6));
  }
}
