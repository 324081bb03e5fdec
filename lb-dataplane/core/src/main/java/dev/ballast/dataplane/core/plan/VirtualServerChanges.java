package dev.ballast.dataplane.core.plan;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The difference between two sets of virtual servers. Services that it does not name stay as they
 * are.
 *
 * @param updated the virtual servers that are new or have changed
 * @param removed the Services to stop serving
 */
public record VirtualServerChanges(
    Map<ServiceKey, VirtualServer> updated, Set<ServiceKey> removed) {

  public VirtualServerChanges {
    updated = Map.copyOf(updated);
    removed = Set.copyOf(removed);
  }

  /** The changes from one set to the other, for the Services that {@code among} names. */
  public static VirtualServerChanges between(
      Map<ServiceKey, VirtualServer> before,
      Map<ServiceKey, VirtualServer> after,
      Collection<ServiceKey> among) {
    Map<ServiceKey, VirtualServer> updated = new HashMap<>();
    Set<ServiceKey> removed = new HashSet<>();
    for (ServiceKey id : among) {
      VirtualServer now = after.get(id);
      if (now == null) {
        if (before.containsKey(id)) {
          removed.add(id);
        }
      } else if (!now.equals(before.get(id))) {
        updated.put(id, now);
      }
    }
    return new VirtualServerChanges(updated, removed);
  }

  public boolean isEmpty() {
    return updated.isEmpty() && removed.isEmpty();
  }

  /** Applies the changes to a set of virtual servers. */
  public void applyTo(Map<ServiceKey, VirtualServer> desired) {
    desired.keySet().removeAll(removed);
    desired.putAll(updated);
  }
}
