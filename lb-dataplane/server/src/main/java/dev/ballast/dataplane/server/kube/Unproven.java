package dev.ballast.dataplane.server.kube;

import dev.ballast.dataplane.core.plan.ServiceId;
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
final class Unproven {

  private final Map<ServiceId, List<InetAddress>> unproven = new HashMap<>();

  /**
   * All of them, those of the Services {@code looked} at as they are now.
   *
   * @param programs of these Services, those that have one
   * @param owned the addresses of each that are this node's
   */
  Set<InetAddress> among(
      Set<ServiceId> looked,
      Collection<Program> programs,
      Map<ServiceId, List<InetAddress>> owned,
      Held held) {
    unproven.keySet().removeAll(looked);
    for (Program program : programs) {
      List<InetAddress> unused =
          owned.getOrDefault(program.id(), List.of()).stream()
              .filter(address -> !program.wasAnnounced(address))
              .toList();
      unproven.put(program.id(), unused);
    }
    unproven.values().removeIf(addresses -> addresses.stream().allMatch(held::isTaken));
    Set<InetAddress> all = new HashSet<>();
    unproven.values().forEach(all::addAll);
    all.removeIf(held::isTaken);
    return all;
  }
}
