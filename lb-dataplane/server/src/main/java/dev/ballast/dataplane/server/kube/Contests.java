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
 * Notices when two nodes held an address for a while and this one is left with it. The other one
 * announced it last, so that the LAN sends to where nobody answers any more: it must be announced
 * again. That happens when Pods' readiness falters for all nodes at once, as after an outage of the
 * API server, and nodes read of it in different order.
 */
final class Contests {

  /**
   * @param announcers the nodes that said that they answer for the address
   * @param owned whether it was this node's by membership, and not merely kept
   */
  private record Seen(Set<String> announcers, boolean owned) {}

  private final Map<ServiceId, Map<InetAddress, Seen>> before = new HashMap<>();

  /**
   * The addresses of which a contest has ended since these Services were last looked at.
   *
   * @param services those that are looked at
   * @param programs theirs, as far as there are any
   * @param owned this node's by membership
   * @param held what this node answers for
   */
  Set<InetAddress> ended(
      Collection<ServiceId> services,
      Collection<Program> programs,
      Map<ServiceId, List<InetAddress>> owned,
      Set<InetAddress> held) {
    Map<ServiceId, Map<InetAddress, Seen>> last = new HashMap<>();
    for (ServiceId id : services) {
      Map<InetAddress, Seen> seen = before.remove(id);
      if (seen != null) {
        last.put(id, seen);
      }
    }
    Set<InetAddress> ended = new HashSet<>();
    for (Program program : programs) {
      List<InetAddress> own = owned.getOrDefault(program.id(), List.of());
      Map<InetAddress, Seen> now = new HashMap<>();
      for (InetAddress address : program.addresses()) {
        if (held.contains(address)) {
          now.put(address, new Seen(program.announcers(address), own.contains(address)));
        }
      }
      if (!now.isEmpty()) {
        before.put(program.id(), now);
        last.getOrDefault(program.id(), Map.of())
            .forEach(
                (address, was) -> {
                  Seen is = now.get(address);
                  if (is != null && is.owned() && hasEnded(was, is)) {
                    ended.add(address);
                  }
                });
      }
    }
    return ended;
  }

  /** A report of our own that is gone was removed by a node that took itself for the owner. */
  private static boolean hasEnded(Seen last, Seen now) {
    return !last.owned() || !now.announcers().containsAll(last.announcers());
  }
}
