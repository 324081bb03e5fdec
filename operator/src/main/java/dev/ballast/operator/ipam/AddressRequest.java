package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import org.jspecify.annotations.Nullable;

/**
 * What a Service asks for in one family.
 *
 * @param address this very one; null: any
 * @param pool out of this pool alone; null: of whichever
 */
public record AddressRequest(IpFamily family, @Nullable IpAddress address, @Nullable String pool) {

  /** Any address of the family. */
  public static AddressRequest any(IpFamily family) {
    return new AddressRequest(family, null, null);
  }
}
