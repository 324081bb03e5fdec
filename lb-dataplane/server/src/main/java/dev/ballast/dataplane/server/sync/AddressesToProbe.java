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
 * The addresses that this node has to acquire and that no node has announced before, for any
 * Service. They are probed first, since a machine outside the cluster may use them. One thread uses
 * it.
 */
final class AddressesToProbe {

  /** Whether each address of a Service was announced, as long as one of them is not acquired. */
  private final Map<ServiceKey, Map<InetAddress, Boolean>> announced = new HashMap<>();

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
    announced.keySet().removeAll(examined);
    for (LoadBalancerConfig config : configs) {
      Map<InetAddress, Boolean> addresses = new HashMap<>();
      owned
          .getOrDefault(config.id(), List.of())
          .forEach(address -> addresses.put(address, config.wasAnnounced(address)));
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
}
