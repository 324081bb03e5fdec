package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.operator.ipam.AddressRequests;
import io.fabric8.kubernetes.api.model.Service;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Annotations of a Service that request an address. Where an annotation of Ballast is missing or
 * blank, the equivalent one of MetalLB applies, with its current or its former prefix. So a Service
 * that is migrated from MetalLB needs no edit.
 */
enum ServiceAnnotations {
  ADDRESS(ApiNames.ADDRESS_ANNOTATION, "loadBalancerIPs"),
  POOL(ApiNames.POOL_ANNOTATION, "address-pool"),
  SHARING_KEY(ApiNames.SHARING_KEY_ANNOTATION, "allow-shared-ip");

  private final String name;
  private final String metalLbName;
  private final String formerMetalLbName;

  ServiceAnnotations(String name, String metalLbSuffix) {
    this.name = name;
    this.metalLbName = "metallb.io/" + metalLbSuffix;
    this.formerMetalLbName = "metallb.universe.tf/" + metalLbSuffix;
  }

  /** The value without surrounding spaces; null when the annotation is missing or blank. */
  @Nullable String valueOn(Service service) {
    return value(service, name)
        .or(() -> value(service, metalLbName))
        .or(() -> value(service, formerMetalLbName))
        .orElse(null);
  }

  /** Two annotations of MetalLB with different values, and none of Ballast to override them. */
  static Optional<AddressRequests.MalformedRequest> contradiction(Service service) {
    for (ServiceAnnotations annotation : values()) {
      Optional<String> current = value(service, annotation.metalLbName);
      Optional<String> former = value(service, annotation.formerMetalLbName);
      if (value(service, annotation.name).isEmpty()
          && current.isPresent()
          && former.isPresent()
          && !current.equals(former)) {
        return Optional.of(
            new AddressRequests.MalformedRequest(
                current.get(),
                "the annotations %s and %s contradict each other, and %s, which overrides both, is not set"
                    .formatted(
                        annotation.metalLbName, annotation.formerMetalLbName, annotation.name)));
      }
    }
    return Optional.empty();
  }

  private static Optional<String> value(Service service, String annotation) {
    Map<String, String> all =
        Objects.requireNonNullElse(service.getMetadata().getAnnotations(), Map.of());
    return Optional.ofNullable(all.get(annotation))
        .map(String::strip)
        .filter(value -> !value.isEmpty());
  }
}
