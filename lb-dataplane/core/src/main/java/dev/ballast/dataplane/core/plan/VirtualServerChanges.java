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
 * @param serve the virtual servers that are new or have changed
 * @param end the Services to stop serving
 */
public record VirtualServerChanges(Map<ServiceKey, VirtualServer> serve, Set<ServiceKey> end) {

  public VirtualServerChanges {
    serve = Map.copyOf(serve);
    end = Set.copyOf(end);
  }

  /** The changes from one set to the other, for the Services that {@code among} names. */
  public static VirtualServerChanges between(
      Map<ServiceKey, VirtualServer> before,
      Map<ServiceKey, VirtualServer> after,
      Collection<ServiceKey> among) {
    Map<ServiceKey, VirtualServer> serve = new HashMap<>();
    Set<ServiceKey> end = new HashSet<>();
    for (ServiceKey id : among) {
      VirtualServer now = after.get(id);
      if (now == null) {
        if (before.containsKey(id)) {
          end.add(id);
        }
      } else if (!now.equals(before.get(id))) {
        serve.put(id, now);
      }
    }
    return new VirtualServerChanges(serve, end);
  }

  public boolean isEmpty() {
    return serve.isEmpty() && end.isEmpty();
  }

  /** Applies the changes to a set of virtual servers. */
  public void applyTo(Map<ServiceKey, VirtualServer> desired) {
    desired.keySet().removeAll(end);
    desired.putAll(serve);
  }
}
