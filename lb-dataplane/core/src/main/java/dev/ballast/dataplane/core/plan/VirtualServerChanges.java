package dev.ballast.dataplane.core.plan;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What is no longer desired as it was. Services that it does not name stay as they are.
 *
 * @param serve as they are to be from now on
 * @param end those that are no longer to be served
 */
public record VirtualServerChanges(Map<ServiceKey, VirtualServer> serve, Set<ServiceKey> end) {

  public VirtualServerChanges {
    serve = Map.copyOf(serve);
    end = Set.copyOf(end);
  }

  /** What leads from the one to the other, of those that {@code among} names. */
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

  /** Makes them on what was desired before. */
  public void applyTo(Map<ServiceKey, VirtualServer> desired) {
    desired.keySet().removeAll(end);
    desired.putAll(serve);
  }
}
