package dev.ballast.operator.ipam.pool;

import dev.ballast.operator.ipam.net.IpAddress;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Addresses of one family that were given back, the longest ago first: their last holder may have
 * them again at once, others only when nothing else is free, since neighbours' ARP entries and
 * clients' connections may still mean the last one. Not thread-safe.
 */
final class RecentlyReleased {

  /** More than are given back while a client might remember. */
  private static final int LIMIT = 16_384;

  private final LinkedHashMap<IpAddress, String> lastHolder = new LinkedHashMap<>();
  private final Map<String, IpAddress> latestOf = new HashMap<>();

  /** Returns what has rested enough, to make room. */
  Optional<IpAddress> add(IpAddress address, String holder) {
    remove(address);
    lastHolder.put(address, holder);
    latestOf.put(holder, address);
    return lastHolder.size() > LIMIT ? oldest() : Optional.empty();
  }

  void remove(IpAddress address) {
    String holder = lastHolder.remove(address);
    if (holder != null) {
      latestOf.remove(holder, address);
    }
  }

  Optional<IpAddress> of(String holder) {
    return Optional.ofNullable(latestOf.get(holder));
  }

  Optional<IpAddress> oldest() {
    return lastHolder.keySet().stream().findFirst();
  }

  /** In the order in which they were given back. */
  Map<IpAddress, String> all() {
    return Collections.unmodifiableMap(new LinkedHashMap<>(lastHolder));
  }
}
