package dev.ballast.apiclient;

import io.fabric8.kubernetes.api.model.HasMetadata;
import org.jspecify.annotations.Nullable;

/** Resource versions as numbers, which are ordered by age (KEP-5504). */
public final class ResourceVersions {

  /** The version of an object that the API server returned. */
  public static long of(HasMetadata object) {
    return Long.parseUnsignedLong(object.getMetadata().getResourceVersion());
  }

  /** The version as a number; 0, which is older than any other, if there is none. */
  public static long parse(@Nullable String resourceVersion) {
    if (resourceVersion == null || resourceVersion.isEmpty()) {
      return 0;
    }
    try {
      return Long.parseUnsignedLong(resourceVersion);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private ResourceVersions() {}
}
