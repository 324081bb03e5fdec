package dev.ballast.api.v1alpha1;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Desired state of an Address: the Services that have it, or the reservation.
 *
 * @param ip the address in canonical text (RFC 5952 for IPv6)
 * @param pool the AddressPool that it was allocated from; empty if a user created the Address
 * @param claims the Services that have the address
 * @param reservedFor the only Services that may have the address; null without claims blocks it for
 *     all Services
 */
@JsonClassDescription(
    "AddressSpec names the Services that have the address, or that it is reserved for.")
public record AddressSpec(
    @Required
        @Size(min = 2, max = 45) @JsonPropertyDescription(
            "The IP address in canonical text. For IPv6, this is the form of RFC 5952.")
        String ip,
    @JsonPropertyDescription(
            "The AddressPool that the address was allocated from. Do not set it to reserve an address.")
        String pool,
    @JsonPropertyDescription(
            "The Services that have the address. Do not set it to reserve an address.")
        List<ServiceClaim> claims,
    @JsonPropertyDescription(
            "Reserves the address for these Services. An Address without claims and without reservedFor blocks the address.")
        @Nullable ReservedFor reservedFor) {

  public AddressSpec(
      String ip,
      @Nullable String pool,
      @Nullable List<ServiceClaim> claims,
      @Nullable ReservedFor reservedFor) {
    this.ip = ip;
    this.pool = requireNonNullElse(pool, "");
    this.claims = Lists.orEmpty(claims);
    this.reservedFor = reservedFor;
  }
}
