package dev.ballast.operator.ipam.pool;

/** Where a name belongs among a number of places: the same wherever and whenever it is asked. */
final class PoolPosition {

  /**
   * A place from 0 to {@code places} - 1. Linear hashing: with more places, only those names move
   * that go to the new ones.
   */
  static long among(long places, String name) {
    if (places <= 1) {
      return 0;
    }
    long mask = -1L >>> Long.numberOfLeadingZeros(places - 1);
    long place = hash(name) & mask;
    return place < places ? place : place & (mask >>> 1);
  }

  /** FNV-1a over the characters, stirred (MurmurHash3's last step) since its low bits are poor. */
  private static long hash(String name) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * 0x100000001b3L;
    }
    hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
    hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return hash ^ (hash >>> 33);
  }

  private PoolPosition() {}
}
