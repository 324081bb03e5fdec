package dev.ballast.dataplane.core.plan;

import dev.ballast.dataplane.core.endpoint.NodeLocality;
import java.net.InetAddress;
import java.util.List;

/**
 * One Service as this node must serve it: every frontend listens at every address.
 *
 * @param generation of the LoadBalancer that this was made from
 * @param addresses those that this node owns; never empty
 * @param locality where this node is
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
