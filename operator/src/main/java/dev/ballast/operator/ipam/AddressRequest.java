package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import org.jspecify.annotations.Nullable;

/**
 * A Service's request for one address.
 *
 * @param address the requested address; null: any
 * @param pool the requested pool; null: any
 */
public record AddressRequest(IpFamily family, @Nullable IpAddress address, @Nullable String pool) {

  /** A request for any address of the family. */
  public static AddressRequest any(IpFamily family) {
    return new AddressRequest(family, null, null);
  }
}
