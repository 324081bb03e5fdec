package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;

/**
 * Make before break for an address that moves to another node: this node keeps serving it until the
 * new owner has reported that it announces it. The owner follows from the readiness of Pods, which
 * can also flap during an outage of the API server. A node that released an address at once would
 * leave it unserved until the other node has seen the same. While both nodes announce the address,
 * the last one to send gratuitous ARP gets the traffic, which is the new owner.
 */
final class AddressHandover {

  /**
   * The owned addresses, and those that this node retains although it does not own them any more.
   *
   * @param served whether this node serves an address of a Service now
   */
  static Map<ServiceKey, List<InetAddress>> withRetained(
      Map<ServiceKey, List<InetAddress>> owned,
      Collection<LoadBalancerConfig> configs,
      BiPredicate<LoadBalancerConfig, InetAddress> served,
      String self) {
    Map<ServiceKey, List<InetAddress>> all = new HashMap<>(owned);
    for (LoadBalancerConfig config : configs) {
      if (config.terminating()) {
        continue;
      }
      List<InetAddress> own = owned.getOrDefault(config.id(), List.of());
      List<InetAddress> retained =
          config.addresses().stream()
              .filter(a -> own.contains(a) || served.test(config, a))
              .filter(a -> own.contains(a) || isOnlyAnnouncer(config, a, self))
              .toList();
      if (!retained.isEmpty()) {
        all.put(config.id(), retained);
      }
    }
    return all;
  }

  /** Asked for each address, since the addresses of one Service can be on different nodes. */
  private static boolean isOnlyAnnouncer(
      LoadBalancerConfig config, InetAddress address, String self) {
    return config.announcingNodes(address).equals(Set.of(self));
  }

  private AddressHandover() {}
}
