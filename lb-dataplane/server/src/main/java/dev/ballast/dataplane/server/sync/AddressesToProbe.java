package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The addresses that this node has to acquire and that no living node has announced before, for any
 * Service. They are probed first, since a machine outside the cluster may use them. So may a node
 * that seems to have failed, because only its heartbeats are lost. One thread uses it.
 */
final class AddressesToProbe {

  /** Whether each address of a Service was announced, as long as one of them is not acquired. */
  private final Map<ServiceKey, Map<InetAddress, Boolean>> announced = new HashMap<>();

  /**
   * Brings the examined Services up to date, and returns all addresses to probe.
   *
   * @param configs of the examined Services, as far as they exist
   * @param owned the addresses of each Service that this node serves
   * @param dead the nodes that have failed by their heartbeats
   */
  Set<InetAddress> update(
      Set<ServiceKey> examined,
      Collection<LoadBalancerConfig> configs,
      Map<ServiceKey, List<InetAddress>> owned,
      Set<String> dead,
      AddressTable addressTable) {
    announced.keySet().removeAll(examined);
    for (LoadBalancerConfig config : configs) {
      Map<InetAddress, Boolean> addresses = new HashMap<>();
      owned
          .getOrDefault(config.id(), List.of())
          .forEach(address -> addresses.put(address, wasAnnounced(config, address, dead)));
      announced.put(config.id(), addresses);
    }
    announced
        .values()
        .removeIf(addresses -> addresses.keySet().stream().allMatch(addressTable::isAcquired));
    Set<InetAddress> unannounced = new HashSet<>();
    Set<InetAddress> known = new HashSet<>();
    for (Map<InetAddress, Boolean> addresses : announced.values()) {
      addresses.forEach((address, before) -> (before ? known : unannounced).add(address));
    }
    unannounced.removeAll(known);
    unannounced.removeIf(addressTable::isAcquired);
    return unannounced;
  }

  private static boolean wasAnnounced(
      LoadBalancerConfig config, InetAddress address, Set<String> dead) {
    Set<String> announcing = config.announcingNodes(address);
    boolean lost = !announcing.isEmpty() && dead.containsAll(announcing);
    return !lost && config.wasAnnounced(address);
  }
}
