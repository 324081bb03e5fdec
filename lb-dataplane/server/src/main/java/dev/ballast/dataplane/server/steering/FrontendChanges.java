package dev.ballast.dataplane.server.steering;

import dev.ballast.dataplane.core.plan.Binding;
import java.util.Map;
import java.util.Set;

/**
 * Changes of frontends, which take effect at the same moment.
 *
 * @param set frontends that are new or have another verdict
 * @param removed frontends that end: every packet for them is refused
 */
public record FrontendChanges(Map<Binding, FrontendVerdict> set, Set<Binding> removed) {

  public FrontendChanges {
    set = Map.copyOf(set);
    removed = Set.copyOf(removed);
  }

  public boolean isEmpty() {
    return set.isEmpty() && removed.isEmpty();
  }
}
