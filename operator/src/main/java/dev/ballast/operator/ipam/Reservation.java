package dev.ballast.operator.ipam;

import org.jspecify.annotations.Nullable;

/**
 * For whom an address is kept.
 *
 * @param service null: any Service of the namespace
 */
public record Reservation(String namespace, @Nullable String service) {

  public boolean admits(Claimant claimant) {
    return namespace.equals(claimant.namespace())
        && (service == null || service.equals(claimant.name()));
  }

  /** For a person. */
  @Override
  public String toString() {
    return service == null
        ? "Services of namespace " + namespace
        : "Service " + namespace + "/" + service;
  }
}
