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
 * The addresses that this node has to acquire and that no node has announced before. They are
 * probed first, since a machine outside the cluster may use them. One thread uses it.
 */
final class AddressesToProbe {

  private final Map<ServiceKey, List<InetAddress>> unannounced = new HashMap<>();

  /**
   * Brings the examined Services up to date, and returns all addresses to probe.
   *
   * @param configs of the examined Services, as far as they exist
   * @param owned the addresses of each Service that this node serves
   */
  Set<InetAddress> update(
      Set<ServiceKey> examined,
      Collection<LoadBalancerConfig> configs,
      Map<ServiceKey, List<InetAddress>> owned,
      AddressTable addressTable) {
    unannounced.keySet().removeAll(examined);
    for (LoadBalancerConfig config : configs) {
      List<InetAddress> addresses =
          owned.getOrDefault(config.id(), List.of()).stream()
              .filter(address -> !config.wasAnnounced(address))
              .toList();
      unannounced.put(config.id(), addresses);
    }
    unannounced
        .values()
        .removeIf(addresses -> addresses.stream().allMatch(addressTable::isAcquired));
    Set<InetAddress> all = new HashSet<>();
    unannounced.values().forEach(all::addAll);
    all.removeIf(addressTable::isAcquired);
    return all;
  }
}
