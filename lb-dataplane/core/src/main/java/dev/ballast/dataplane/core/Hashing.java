package dev.ballast.dataplane.core;

/**
 * A hash that is the same on every node and in every release, because nodes must compute the same
 * result without communication. Not {@link Object#hashCode()}: its low bits are too regular for
 * rendezvous hashing, and records may change how they compute it.
 */
public final class Hashing {

  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private Hashing() {}

  /** Hash of the characters of {@code text}, started from {@code key}. */
  public static long of(String text, long key) {
    return mix(fnv1a(text, key));
  }

  /** FNV-1a of the characters of {@code text}, started from {@code key}. To be mixed. */
  public static long fnv1a(String text, long key) {
    long hash = FNV_OFFSET ^ key;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * FNV_PRIME;
    }
    return hash;
  }

  /** Hash of {@code bytes}, started from {@code key}. */
  public static long of(byte[] bytes, long key) {
    long hash = FNV_OFFSET ^ key;
    for (byte b : bytes) {
      hash = (hash ^ (b & 0xff)) * FNV_PRIME;
    }
    return mix(hash);
  }

  /** Spreads every input bit over every output bit (the finalizer of MurmurHash3). */
  public static long mix(long bits) {
    long x = bits;
    x = (x ^ (x >>> 33)) * 0xff51afd7ed558ccdL;
    x = (x ^ (x >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return x ^ (x >>> 33);
  }
}
