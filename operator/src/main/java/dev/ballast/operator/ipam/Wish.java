package dev.ballast.operator.ipam;

import org.jspecify.annotations.Nullable;

/**
 * What a Service asks for in one family.
 *
 * @param address this very one; null: any
 * @param pool out of this pool alone; null: of whichever
 */
public record Wish(IpFamily family, @Nullable IpAddress address, @Nullable String pool) {

  /** Any address of the family. */
  public static Wish any(IpFamily family) {
    return new Wish(family, null, null);
  }
}
