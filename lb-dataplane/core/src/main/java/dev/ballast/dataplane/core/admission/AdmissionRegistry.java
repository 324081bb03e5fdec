package dev.ballast.dataplane.core.admission;

import dev.ballast.dataplane.core.plan.ServiceKey;
import java.util.HashMap;
import java.util.Map;

/** The admission of each Service of this node. Not thread-safe; what it returns is. */
public final class AdmissionRegistry {

  private final NodeBudget budget;
  private final Map<ServiceKey, ServiceAdmission> admissions = new HashMap<>();

  public AdmissionRegistry(NodeBudget budget) {
    this.budget = budget;
  }

  public NodeBudget budget() {
    return budget;
  }

  /** One for all ports of the Service, so that they share its limits. */
  public ServiceAdmission of(ServiceKey service, long nowNanos) {
    return admissions.computeIfAbsent(service, added -> new ServiceAdmission(budget, nowNanos));
  }

  /** The node serves the Service no longer. Its connections may end later. */
  public void remove(ServiceKey service) {
    ServiceAdmission removed = admissions.remove(service);
    if (removed != null) {
      removed.unregister();
    }
  }
}
