package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Services that move to another node, made before broken: this node serves on until the other has
 * reported. Who should own an address is read from Pods' readiness, which also falters when all is
 * well but the API server was away; a node that let go on that word alone would leave nobody
 * serving until the other has read the same. While both answer for the address, the last to
 * announce it by gratuitous ARP gets the traffic: the new one.
 */
final class AddressHandover {

  /**
   * The owned addresses, and those that this node has to keep though it owns them no longer.
   *
   * @param serving what this node serves now
   */
  static Map<ServiceKey, List<InetAddress>> withKept(
      Map<ServiceKey, List<InetAddress>> owned,
      Collection<LoadBalancerConfig> configs,
      Map<ServiceKey, VirtualServer> serving,
      String self) {
    Map<ServiceKey, List<InetAddress>> all = new HashMap<>(owned);
    for (LoadBalancerConfig config : configs) {
      VirtualServer server = serving.get(config.id());
      if (server == null || config.released()) {
        continue;
      }
      List<InetAddress> own = owned.getOrDefault(config.id(), List.of());
      List<InetAddress> kept =
          config.addresses().stream()
              .filter(a -> own.contains(a) || server.addresses().contains(a))
              .filter(a -> own.contains(a) || isAlone(config, a, self))
              .toList();
      if (!kept.isEmpty()) {
        all.put(config.id(), kept);
      }
    }
    return all;
  }

  /** Of the addresses of a Service, each may be at another node. */
  private static boolean isAlone(LoadBalancerConfig config, InetAddress address, String self) {
    return config.announcers(address).equals(Set.of(self));
  }

  private AddressHandover() {}
}
