package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.net.IpAddress;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * Addresses that another machine of the LAN has, with the words for that: nobody gets one who does
 * not ask for it. Not thread-safe.
 */
final class ConflictingAddresses {

  private final Map<IpAddress, String> whys = new TreeMap<>();

  /** Returns false when it was known. */
  boolean add(IpAddress address, String why) {
    return whys.put(address, why) == null;
  }

  /** Returns false when it was not there. */
  boolean remove(IpAddress address) {
    return whys.remove(address) != null;
  }

  boolean contains(IpAddress address) {
    return whys.containsKey(address);
  }

  /** In order. */
  Map<IpAddress, String> all() {
    return Collections.unmodifiableMap(whys);
  }
}
