package dev.ballast.dataplane.server.cluster;

import dev.ballast.api.v1alpha1.Address;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The addresses that were claimed for Services a moment ago: a LoadBalancer with each is about to
 * come, and the LAN can be asked for it meanwhile. Only a head start: what is not foretold, or is
 * in vain, is asked for as any other. Of the Addresses themselves it keeps nothing, so that memory
 * does not grow with them.
 */
final class PendingAddressStore implements ItemStore<Address> {

  private static final Logger log = LoggerFactory.getLogger(PendingAddressStore.class);

  /** As long as the other write mostly takes, many times over. */
  private static final Duration MOMENT = Duration.ofSeconds(1);

  /** The API server tells whole seconds, and by its own clock. */
  private static final Duration NEW = Duration.ofSeconds(3);

  private final InstantSource clock;
  private final WatchEventHandler<InetAddress> events;
  private final Map<InetAddress, Instant> claimed = new ConcurrentHashMap<>();

  PendingAddressStore(InstantSource clock, WatchEventHandler<InetAddress> events) {
    this.clock = clock;
    this.events = events;
  }

  /** Those of the last moment. */
  Set<InetAddress> now() {
    Instant past = clock.instant().minus(MOMENT);
    claimed.values().removeIf(at -> at.isBefore(past));
    return Set.copyOf(claimed.keySet());
  }

  @Override
  public @Nullable Address put(String key, Address object) {
    try {
      events.seen(news(object));
    } catch (RuntimeException e) {
      // Thrown on, it would end the watch: one object would blind this node to all others.
      log.atDebug().setCause(e).log("not understood, and so not foretold: {}", key);
    }
    return null;
  }

  private Set<InetAddress> news(Address object) {
    Instant now = clock.instant();
    if (Instant.parse(object.getMetadata().getCreationTimestamp()).isBefore(now.minus(NEW))) {
      return Set.of();
    }
    InetAddress address = InetAddress.ofLiteral(object.getSpec().ip());
    claimed.put(address, now);
    return Set.of(address);
  }

  @Override
  public @Nullable Address remove(String key) {
    events.seen(Set.of());
    return null;
  }

  @Override
  public String getKey(Address object) {
    return Cache.metaNamespaceKeyFunc(object);
  }

  @Override
  public @Nullable Address get(String key) {
    return null;
  }

  @Override
  public Stream<String> keySet() {
    return Stream.empty();
  }

  @Override
  public Stream<Address> values() {
    return Stream.empty();
  }

  @Override
  public int size() {
    return 0;
  }

  @Override
  public boolean isFullState() {
    return false;
  }
}
