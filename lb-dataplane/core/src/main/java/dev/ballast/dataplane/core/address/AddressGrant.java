package dev.ballast.dataplane.core.address;

import dev.ballast.dataplane.core.plan.ServiceKey;
import java.util.List;
import java.util.Optional;

/** The Services that an Address is bound to: one for most, several for a shared address. */
public record AddressGrant(List<Grantee> grantees) {

  public AddressGrant {
    grantees = List.copyOf(grantees);
  }

  /**
   * A Service that has the address.
   *
   * @param uid distinguishes it from a later Service with the same name
   */
  public record Grantee(ServiceKey service, String uid) {}

  /**
   * Whether the Service has the address.
   *
   * @param uid of the Service; empty if it is not known, so that the name alone decides
   */
  public boolean includes(ServiceKey service, Optional<String> uid) {
    return grantees.stream()
        .anyMatch(
            grantee ->
                grantee.service().equals(service) && uid.stream().allMatch(grantee.uid()::equals));
  }

  public List<ServiceKey> services() {
    return grantees.stream().map(Grantee::service).toList();
  }

  /** Whether no Service has the address: it is reserved or blocked. */
  public boolean isEmpty() {
    return grantees.isEmpty();
  }
}
