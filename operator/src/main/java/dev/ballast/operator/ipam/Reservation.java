package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.pool.ServiceRef;
import org.jspecify.annotations.Nullable;

/**
 * For whom an address is kept.
 *
 * @param service null: any Service of the namespace
 */
public record Reservation(String namespace, @Nullable String service) {

  public boolean admits(ServiceRef serviceRef) {
    return namespace.equals(serviceRef.namespace())
        && (service == null || service.equals(serviceRef.name()));
  }

  /** For a person. */
  @Override
  public String toString() {
    return service == null
        ? "Services of namespace " + namespace
        : "Service " + namespace + "/" + service;
  }
}
