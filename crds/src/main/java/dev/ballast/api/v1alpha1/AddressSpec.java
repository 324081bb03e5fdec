package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.util.List;

/**
 * Who holds the address.
 *
 * @param ip the address in its canonical text (RFC 5952 for IPv6)
 * @param pool the AddressPool it was taken from
 * @param claims the Services that hold it
 */
public record AddressSpec(
    @Required @JsonPropertyDescription("The address, in canonical text (RFC 5952 for IPv6).")
        String ip,
    @Required @JsonPropertyDescription("The AddressPool it was taken from.") String pool,
    @JsonPropertyDescription("The Services that hold it.") List<ServiceClaim> claims) {

  public AddressSpec {
    claims = Lists.orEmpty(claims);
  }
}
