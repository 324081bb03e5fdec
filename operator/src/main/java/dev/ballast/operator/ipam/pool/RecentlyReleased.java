package dev.ballast.operator.ipam.pool;

import dev.ballast.operator.ipam.net.IpAddress;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Recently released addresses of one family, the longest ago first. Their last holder may get them
 * again at once. Other Services get them only if nothing else is free, because ARP entries and
 * connections of clients may still refer to the last holder. Not thread-safe.
 */
final class RecentlyReleased {

  /** More than are released within the time that a client might remember. */
  private static final int LIMIT = 16_384;

  private final LinkedHashMap<IpAddress, String> lastHolder = new LinkedHashMap<>();
  private final Map<String, IpAddress> latestOf = new HashMap<>();

  /** Returns the oldest address if there are too many. */
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

  Optional<IpAddress> latestOf(String holder) {
    return Optional.ofNullable(latestOf.get(holder));
  }

  Optional<IpAddress> oldest() {
    return lastHolder.keySet().stream().findFirst();
  }

  /** In the order of their release. */
  Map<IpAddress, String> all() {
    return Collections.unmodifiableMap(new LinkedHashMap<>(lastHolder));
  }
}
