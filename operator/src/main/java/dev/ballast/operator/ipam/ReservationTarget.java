package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.pool.ServiceRef;
import org.jspecify.annotations.Nullable;

/**
 * The Services that a reserved address is for.
 *
 * @param service null: any Service of the namespace
 */
public record ReservationTarget(String namespace, @Nullable String service) {

  public boolean matches(ServiceRef serviceRef) {
    return namespace.equals(serviceRef.namespace())
        && (service == null || service.equals(serviceRef.name()));
  }

  /** As part of a message. */
  @Override
  public String toString() {
    return service == null
        ? "Services of namespace " + namespace
        : "Service " + namespace + "/" + service;
  }
}
