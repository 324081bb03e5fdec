package dev.ballast.operator.observe;

import io.fabric8.kubernetes.api.model.HasMetadata;

/** Resource versions are comparable as numbers (KEP-5504). */
public final class Versions {

  /** The object's resource version. */
  public static long of(HasMetadata object) {
    return Long.parseUnsignedLong(object.getMetadata().getResourceVersion());
  }

  private Versions() {}
}
