package dev.ballast.dataplane.server.kube;

import org.jspecify.annotations.Nullable;

/** resourceVersions, which are revisions of etcd and may be compared as numbers (KEP-5504). */
final class Versions {

  /** The version as a number; 0 for none, which is older than any. */
  static long parse(@Nullable String resourceVersion) {
    if (resourceVersion == null || resourceVersion.isEmpty()) {
      return 0;
    }
    try {
      return Long.parseUnsignedLong(resourceVersion);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private Versions() {}
}
