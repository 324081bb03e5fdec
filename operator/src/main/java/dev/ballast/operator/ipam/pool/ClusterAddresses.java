package dev.ballast.operator.ipam.pool;

import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.IpAddress;
import java.util.List;
import java.util.Map;

/**
 * Addresses that the cluster itself uses.
 *
 * @param nodeAddresses addresses of nodes, with the name of the node; no pool allocates them
 * @param ranges Pod CIDRs and Service CIDRs; a pool that overlaps them gets a warning
 */
public record ClusterAddresses(Map<IpAddress, String> nodeAddresses, List<NamedRange> ranges) {

  public static final ClusterAddresses NONE = new ClusterAddresses(Map.of(), List.of());

  public ClusterAddresses {
    nodeAddresses = Map.copyOf(nodeAddresses);
    ranges = List.copyOf(ranges);
  }

  /** A range with a description, such as {@code the Pod CIDR of node n1}. */
  public record NamedRange(String description, AddressRange range) {}
}
