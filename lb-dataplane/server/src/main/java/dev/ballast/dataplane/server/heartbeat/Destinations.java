package dev.ballast.dataplane.server.heartbeat;

import dev.ballast.dataplane.core.failure.HeartbeatProtocol;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The sockets that get heartbeats. A loop over an array allocates nothing. One thread uses it. */
final class Destinations {

  private Map<String, InetSocketAddress> all = Map.of();
  private InetSocketAddress[] neighbors = {};
  private InetSocketAddress[] transitional = {};
  private long version = -1;

  void replace(Map<String, InetSocketAddress> nodes) {
    all = Map.copyOf(nodes);
    version = -1;
  }

  /** By the names of all nodes. */
  Map<String, InetSocketAddress> all() {
    return all;
  }

  /** Brings them in line with what the protocol has decided. */
  void update(HeartbeatProtocol protocol, long now) {
    Set<String> others = protocol.transitional(now);
    if (version != protocol.destinationsVersion()) {
      version = protocol.destinationsVersion();
      neighbors = sockets(protocol.neighbors());
      transitional = sockets(others);
    }
  }

  InetSocketAddress[] neighbors() {
    return neighbors;
  }

  InetSocketAddress[] transitional() {
    return transitional;
  }

  private InetSocketAddress[] sockets(Set<String> names) {
    return names.stream().map(all::get).filter(Objects::nonNull).toArray(InetSocketAddress[]::new);
  }
}
