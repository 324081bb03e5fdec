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
 * The addresses that this node is to take and that no node has announced before: a machine that
 * knows nothing of Kubernetes may have them. Belongs to one thread.
 */
final class AddressesToProbe {

  private final Map<ServiceKey, List<InetAddress>> unproven = new HashMap<>();

  /**
   * All of them, those of the Services {@code looked} at as they are now.
   *
   * @param configs of these Services, those that have one
   * @param owned the addresses of each that are this node's
   */
  Set<InetAddress> among(
      Set<ServiceKey> looked,
      Collection<LoadBalancerConfig> configs,
      Map<ServiceKey, List<InetAddress>> owned,
      AddressTable addressTable) {
    unproven.keySet().removeAll(looked);
    for (LoadBalancerConfig config : configs) {
      List<InetAddress> unused =
          owned.getOrDefault(config.id(), List.of()).stream()
              .filter(address -> !config.wasAnnounced(address))
              .toList();
      unproven.put(config.id(), unused);
    }
    unproven.values().removeIf(addresses -> addresses.stream().allMatch(addressTable::isTaken));
    Set<InetAddress> all = new HashSet<>();
    unproven.values().forEach(all::addAll);
    all.removeIf(addressTable::isTaken);
    return all;
  }
}
