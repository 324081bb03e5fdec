package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.operator.ipam.AddressRequests;
import io.fabric8.kubernetes.api.model.Service;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a Service's annotations ask for. Where one of ours is missing or blank, the one of MetalLB
 * that means the same counts, under its present prefix or its former one, so that a Service that
 * comes from there need not be edited.
 */
enum ServiceAnnotations {
  ADDRESS(ApiNames.ADDRESS_ANNOTATION, "loadBalancerIPs"),
  POOL(ApiNames.POOL_ANNOTATION, "address-pool"),
  SHARING_KEY(ApiNames.SHARING_KEY_ANNOTATION, "allow-shared-ip");

  private final String ours;
  private final String present;
  private final String former;

  ServiceAnnotations(String ours, String metalLbs) {
    this.ours = ours;
    this.present = "metallb.io/" + metalLbs;
    this.former = "metallb.universe.tf/" + metalLbs;
  }

  /** Never blank, without spaces around it; null: nothing is asked. */
  @Nullable String of(Service service) {
    return of(service, ours)
        .or(() -> of(service, present))
        .or(() -> of(service, former))
        .orElse(null);
  }

  /** Two of MetalLB's that say different things, with none of ours to decide. */
  static Optional<AddressRequests.MalformedRequest> contradiction(Service service) {
    for (ServiceAnnotations annotation : values()) {
      Optional<String> present = of(service, annotation.present);
      Optional<String> former = of(service, annotation.former);
      if (of(service, annotation.ours).isEmpty()
          && present.isPresent()
          && former.isPresent()
          && !present.equals(former)) {
        return Optional.of(
            new AddressRequests.MalformedRequest(
                present.get(),
                "the annotations %s and %s contradict each other; remove one, or set %s, which comes before both"
                    .formatted(annotation.present, annotation.former, annotation.ours)));
      }
    }
    return Optional.empty();
  }

  private static Optional<String> of(Service service, String name) {
    Map<String, String> all =
        Objects.requireNonNullElse(service.getMetadata().getAnnotations(), Map.of());
    return Optional.ofNullable(all.get(name)).map(String::strip).filter(value -> !value.isEmpty());
  }
}
