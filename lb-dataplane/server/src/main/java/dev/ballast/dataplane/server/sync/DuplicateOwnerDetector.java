package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Detects that two nodes announced an address for a while and that this node remains. The other one
 * announced it last, so that the network still sends packets to a node that does not serve the
 * address any more: this node must announce it again. This happens when the readiness of all Pods
 * flaps at once, as after an outage of the API server, and nodes see it in different order.
 */
final class DuplicateOwnerDetector {

  /**
   * @param announcers the nodes that reported that they announce the address
   * @param owned whether this node owned it, and did not just hand it over
   */
  private record ObservedOwners(Set<String> announcers, boolean owned) {}

  private final Map<ServiceKey, Map<InetAddress, ObservedOwners>> previous = new HashMap<>();

  /**
   * The addresses that another node has stopped announcing since these Services were last examined.
   *
   * @param services the examined Services
   * @param configs theirs, as far as they exist
   * @param owned the addresses that this node owns
   * @param announced the addresses that this node has to announce
   */
  Set<InetAddress> endedOverlaps(
      Collection<ServiceKey> services,
      Collection<LoadBalancerConfig> configs,
      Set<InetAddress> owned,
      Set<InetAddress> announced) {
    Map<ServiceKey, Map<InetAddress, ObservedOwners>> last = new HashMap<>();
    for (ServiceKey id : services) {
      Map<InetAddress, ObservedOwners> observedOwners = previous.remove(id);
      if (observedOwners != null) {
        last.put(id, observedOwners);
      }
    }
    Set<InetAddress> ended = new HashSet<>();
    for (LoadBalancerConfig config : configs) {
      Map<InetAddress, ObservedOwners> now = new HashMap<>();
      for (InetAddress address : config.addresses()) {
        if (announced.contains(address)) {
          now.put(
              address,
              new ObservedOwners(config.announcingNodes(address), owned.contains(address)));
        }
      }
      if (!now.isEmpty()) {
        previous.put(config.id(), now);
        last.getOrDefault(config.id(), Map.of())
            .forEach(
                (address, before) -> {
                  ObservedOwners current = now.get(address);
                  if (current != null && current.owned() && hasEnded(before, current)) {
                    ended.add(address);
                  }
                });
      }
    }
    return ended;
  }

  /** An own report that is gone was removed by a node that considered itself the owner. */
  private static boolean hasEnded(ObservedOwners last, ObservedOwners now) {
    return !last.owned() || !now.announcers().containsAll(last.announcers());
  }
}
