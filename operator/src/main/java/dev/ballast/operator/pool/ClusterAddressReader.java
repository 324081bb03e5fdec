package dev.ballast.operator.pool;

import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.ClusterAddresses;
import dev.ballast.operator.ipam.net.ClusterAddresses.NamedRange;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.pool.PoolAddressParser;
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

/** What the objects of a cluster say of the addresses that it uses itself. */
final class ClusterAddressReader {

  /**
   * {@code kubernetes}: the Service of the API server, whose address is of the Service CIDR even
   * where no object tells that; null when it is not known.
   */
  static ClusterAddresses of(
      List<Node> nodes, List<ServiceCIDR> serviceCidrs, @Nullable Service kubernetes) {
    Map<IpAddress, String> addresses = new HashMap<>();
    List<NamedRange> others = new ArrayList<>();
    for (Node node : nodes) {
      String name = node.getMetadata().getName();
      Optional.ofNullable(node.getStatus()).map(NodeStatus::getAddresses).orElse(List.of()).stream()
          .flatMap(address -> IpAddress.parse(address.getAddress()).stream())
          .forEach(address -> addresses.put(address, name));
      add(
          others,
          "the Pod CIDR of node " + name,
          Optional.ofNullable(node.getSpec()).map(NodeSpec::getPodCIDRs).orElse(List.of()));
    }
    for (ServiceCIDR cidr : serviceCidrs) {
      add(
          others,
          "the Service CIDR '" + cidr.getMetadata().getName() + "'",
          cidr.getSpec().getCidrs());
    }
    if (kubernetes != null && serviceCidrs.isEmpty()) {
      add(others, "the Service default/kubernetes", kubernetes.getSpec().getClusterIPs());
    }
    return new ClusterAddresses(addresses, others);
  }

  private static void add(List<NamedRange> others, String word, List<String> entries) {
    for (String entry : entries) {
      if (PoolAddressParser.parse(List.of(entry))
          instanceof PoolAddressParser.ParsedRanges(var ranges)) {
        for (AddressRange range : ranges) {
          others.add(new NamedRange(word, range));
        }
      }
    }
  }

  private ClusterAddressReader() {}
}
