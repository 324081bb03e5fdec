package dev.ballast.dataplane.server.relay;

import java.util.Set;

/**
 * The settings of the relay.
 *
 * @param reservedPorts ports of this node's daemons, which no listener ever binds to. Without
 *     effect in {@link dev.ballast.dataplane.server.steering.SteeringMode#TPROXY}, which binds to
 *     none.
 */
public record RelaySettings(Set<Integer> reservedPorts) {

  /** No port is reserved. */
  public static final RelaySettings DEFAULT = new RelaySettings(Set.of());

  public RelaySettings {
    reservedPorts = Set.copyOf(reservedPorts);
  }
}
