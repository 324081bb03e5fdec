package dev.ballast.dataplane.core.plan;

import java.util.List;
import java.util.Set;

/**
 * How to get from what runs to what is desired. A binding that is in both as the same Service's
 * gets no step but a Replace, so that ports, addresses and endpoints can change around connections
 * without touching them.
 *
 * @param operations in the order to take them: closing comes first, because a binding may go from
 *     one Service to another, and opening last
 * @param affectedServices the Services of which something is other than before, if only who has a
 *     binding that they want
 */
public record ListenerPlan(List<ListenerOperation> operations, Set<ServiceKey> affectedServices) {

  public ListenerPlan {
    operations = List.copyOf(operations);
    affectedServices = Set.copyOf(affectedServices);
  }
}
