package dev.ballast.operator.ipam.pool;

/** Linear hashing: assigns keys to a number of buckets, the same way in every process. */
final class LinearHash {

  /**
   * A bucket from 0 to {@code buckets} - 1. If buckets are added, a key stays where it is or moves
   * to a new bucket.
   */
  static long bucket(long buckets, String key) {
    if (buckets <= 1) {
      return 0;
    }
    long mask = -1L >>> Long.numberOfLeadingZeros(buckets - 1);
    long bucket = hash(key) & mask;
    return bucket < buckets ? bucket : bucket & (mask >>> 1);
  }

  /** FNV-1a over the characters, with MurmurHash3's finalizer, because its low bits are poor. */
  private static long hash(String key) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < key.length(); i++) {
      hash = (hash ^ key.charAt(i)) * 0x100000001b3L;
    }
    hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
    hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return hash ^ (hash >>> 33);
  }

  private LinearHash() {}
}
