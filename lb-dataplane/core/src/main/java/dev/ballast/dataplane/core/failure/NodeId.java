package dev.ballast.dataplane.core.failure;

import dev.ballast.dataplane.core.Hashing;

/**
 * A node by 64 bits of its name, as nodes pass them on. With a thousand nodes, two of them have the
 * same one in one of 10^13 clusters.
 */
final class NodeId {

  private NodeId() {}

  static long of(String name) {
    return mix(Hashing.fnv1a(name, 0));
  }

  /** SplitMix64, so that similar names are far apart. */
  static long mix(long hash) {
    long mixed = (hash ^ (hash >>> 30)) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
    return mixed ^ (mixed >>> 31);
  }
}
