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
 * Notices when two nodes held an address for a while and this one is left with it. The other one
 * announced it last, so that the LAN sends to where nobody answers any more: it must be announced
 * again. That happens when Pods' readiness falters for all nodes at once, as after an outage of the
 * API server, and nodes read of it in different order.
 */
final class DuplicateOwnerDetector {

  /**
   * @param announcers the nodes that said that they answer for the address
   * @param owned whether it was this node's by membership, and not merely kept
   */
  private record ObservedOwners(Set<String> announcers, boolean owned) {}

  private final Map<ServiceKey, Map<InetAddress, ObservedOwners>> before = new HashMap<>();

  /**
   * The addresses of which a contest has ended since these Services were last looked at.
   *
   * @param services those that are looked at
   * @param configs theirs, as far as there are any
   * @param owned this node's by membership
   * @param held what this node answers for
   */
  Set<InetAddress> ended(
      Collection<ServiceKey> services,
      Collection<LoadBalancerConfig> configs,
      Map<ServiceKey, List<InetAddress>> owned,
      Set<InetAddress> held) {
    Map<ServiceKey, Map<InetAddress, ObservedOwners>> last = new HashMap<>();
    for (ServiceKey id : services) {
      Map<InetAddress, ObservedOwners> observedOwners = before.remove(id);
      if (observedOwners != null) {
        last.put(id, observedOwners);
      }
    }
    Set<InetAddress> ended = new HashSet<>();
    for (LoadBalancerConfig config : configs) {
      List<InetAddress> own = owned.getOrDefault(config.id(), List.of());
      Map<InetAddress, ObservedOwners> now = new HashMap<>();
      for (InetAddress address : config.addresses()) {
        if (held.contains(address)) {
          now.put(address, new ObservedOwners(config.announcers(address), own.contains(address)));
        }
      }
      if (!now.isEmpty()) {
        before.put(config.id(), now);
        last.getOrDefault(config.id(), Map.of())
            .forEach(
                (address, was) -> {
                  ObservedOwners is = now.get(address);
                  if (is != null && is.owned() && hasEnded(was, is)) {
                    ended.add(address);
                  }
                });
      }
    }
    return ended;
  }

  /** A report of our own that is gone was removed by a node that took itself for the owner. */
  private static boolean hasEnded(ObservedOwners last, ObservedOwners now) {
    return !last.owned() || !now.announcers().containsAll(last.announcers());
  }
}
