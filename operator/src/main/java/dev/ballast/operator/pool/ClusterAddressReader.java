package dev.ballast.operator.pool;

import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.pool.ClusterAddresses;
import dev.ballast.operator.ipam.pool.ClusterAddresses.NamedRange;
import dev.ballast.operator.ipam.pool.PoolAddressParser;
import dev.ballast.operator.ipam.pool.RangeParseResult;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeSpec;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.networking.v1.ServiceCIDR;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads the addresses that the cluster itself uses from its Nodes, ServiceCIDRs and Services. */
final class ClusterAddressReader {

  /**
   * @param kubernetes the Service of the API server. Its address is in the Service CIDR even if the
   *     API server has no ServiceCIDR objects. Null while it is not known
   */
  static ClusterAddresses of(
      List<Node> nodes, List<ServiceCIDR> serviceCidrs, @Nullable Service kubernetes) {
    Map<IpAddress, String> addresses = new HashMap<>();
    List<NamedRange> ranges = new ArrayList<>();
    for (Node node : nodes) {
      String name = node.getMetadata().getName();
      Optional.ofNullable(node.getStatus()).map(NodeStatus::getAddresses).orElse(List.of()).stream()
          .flatMap(address -> IpAddress.parse(address.getAddress()).stream())
          .forEach(address -> addresses.put(address, name));
      add(
          ranges,
          "the Pod CIDR of node " + name,
          Optional.ofNullable(node.getSpec()).map(NodeSpec::getPodCIDRs).orElse(List.of()));
    }
    for (ServiceCIDR cidr : serviceCidrs) {
      add(
          ranges,
          "the Service CIDR '" + cidr.getMetadata().getName() + "'",
          cidr.getSpec().getCidrs());
    }
    if (kubernetes != null && serviceCidrs.isEmpty()) {
      add(ranges, "the Service default/kubernetes", kubernetes.getSpec().getClusterIPs());
    }
    return new ClusterAddresses(addresses, ranges);
  }

  private static void add(List<NamedRange> ranges, String description, List<String> entries) {
    for (String entry : entries) {
      if (PoolAddressParser.parse(List.of(entry))
          instanceof RangeParseResult.ParsedRanges(var parsed)) {
        for (AddressRange range : parsed) {
          ranges.add(new NamedRange(description, range));
        }
      }
    }
  }

  private ClusterAddressReader() {}
}
