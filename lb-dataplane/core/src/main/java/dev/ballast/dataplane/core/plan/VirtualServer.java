package dev.ballast.dataplane.core.plan;

import dev.ballast.dataplane.core.endpoint.NodeLocality;
import java.net.InetAddress;
import java.util.List;

/**
 * The desired state of one Service on this node: every frontend listens at every address.
 *
 * @param generation of the LoadBalancer that defines it
 * @param addresses the addresses that this node owns; never empty
 * @param locality the node and zone of this node
 */
public record VirtualServer(
    ServiceKey id,
    long generation,
    List<InetAddress> addresses,
    List<Frontend> frontends,
    ConnectionPolicy policy,
    NodeLocality locality) {

  public VirtualServer {
    addresses = List.copyOf(addresses);
    frontends = List.copyOf(frontends);
  }
}
