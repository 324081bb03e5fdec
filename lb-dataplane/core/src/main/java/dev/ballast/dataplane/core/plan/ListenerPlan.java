package dev.ballast.dataplane.core.plan;

import java.util.List;
import java.util.Set;

/**
 * The listener operations that lead from the running state to the desired state. A binding that
 * stays with its Service gets a Replace at most. So connections survive a change of other ports,
 * addresses and endpoints.
 *
 * @param operations in the order to apply them: Close comes first, because a binding may move from
 *     one Service to another, and Open comes last
 * @param affectedServices the Services whose status may change, such as when another Service gets a
 *     binding that they request
 */
public record ListenerPlan(List<ListenerOperation> operations, Set<ServiceKey> affectedServices) {

  public ListenerPlan {
    operations = List.copyOf(operations);
    affectedServices = Set.copyOf(affectedServices);
  }
}
