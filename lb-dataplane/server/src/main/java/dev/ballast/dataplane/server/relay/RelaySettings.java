package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.admission.NodeBudget;
import java.util.Set;

/**
 * The settings of the relay.
 *
 * @param reservedPorts ports of this node's daemons, which no listener ever binds to. Without
 *     effect in {@link dev.ballast.dataplane.server.steering.SteeringMode#TPROXY}, which binds to
 *     none.
 * @param budget what the connections of all Services may use of the node
 */
public record RelaySettings(Set<Integer> reservedPorts, NodeBudget budget) {

  /** No port is reserved, and nothing limits connections. */
  public static final RelaySettings DEFAULT = new RelaySettings(Set.of(), NodeBudget.unlimited());

  public RelaySettings {
    reservedPorts = Set.copyOf(reservedPorts);
  }
}
