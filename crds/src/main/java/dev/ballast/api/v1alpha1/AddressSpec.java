package dev.ballast.api.v1alpha1;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who holds the address, and for whom it is kept.
 *
 * @param ip the address in its canonical text (RFC 5952 for IPv6)
 * @param pool the AddressPool it was taken from; empty where a person made the Address
 * @param claims the Services that hold it
 * @param reservedFor who alone may hold it; null: with claims, nobody in particular, and without,
 *     nobody at all
 */
public record AddressSpec(
    @Required
        @Size(min = 2, max = 45) @JsonPropertyDescription("The address, in canonical text (RFC 5952 for IPv6).")
        String ip,
    @JsonPropertyDescription(
            "The AddressPool it was taken from. Leave it out when you reserve an address.")
        String pool,
    @JsonPropertyDescription("The Services that hold it. Leave it out when you reserve an address.")
        List<ServiceClaim> claims,
    @JsonPropertyDescription(
            "Who alone may have the address. Without it, and without claims, nobody may.")
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
