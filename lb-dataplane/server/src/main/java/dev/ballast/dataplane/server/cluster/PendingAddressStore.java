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
 * The informer's store of Addresses, which keeps only the IPs that were claimed a moment ago. The
 * LoadBalancer of each is about to be created, and the address can be probed meanwhile. This only
 * saves time: an address that is not here is probed later. The Addresses themselves are not kept,
 * so that memory does not grow with them.
 */
final class PendingAddressStore implements ItemStore<Address> {

  private static final Logger log = LoggerFactory.getLogger(PendingAddressStore.class);

  /** Many times as long as the operator usually needs to write the LoadBalancer. */
  private static final Duration RETENTION = Duration.ofSeconds(1);

  /** Larger, since the creation time has whole seconds and the API server's clock. */
  private static final Duration MAX_AGE = Duration.ofSeconds(3);

  private final InstantSource clock;
  private final WatchEventHandler<InetAddress> events;
  private final Map<InetAddress, Instant> claimTimes = new ConcurrentHashMap<>();

  PendingAddressStore(InstantSource clock, WatchEventHandler<InetAddress> events) {
    this.clock = clock;
    this.events = events;
  }

  /** The addresses that were claimed a moment ago. */
  Set<InetAddress> recent() {
    Instant oldest = clock.instant().minus(RETENTION);
    claimTimes.values().removeIf(at -> at.isBefore(oldest));
    return Set.copyOf(claimTimes.keySet());
  }

  @Override
  public @Nullable Address put(String key, Address object) {
    try {
      events.handle(recordIfNew(object));
    } catch (RuntimeException e) {
      // An exception would end the watch, so that one object would stop the updates of all others.
      log.atDebug().setCause(e).log("Cannot parse Address {}, not probing it early", key);
    }
    return null;
  }

  private Set<InetAddress> recordIfNew(Address object) {
    Instant now = clock.instant();
    if (Instant.parse(object.getMetadata().getCreationTimestamp()).isBefore(now.minus(MAX_AGE))) {
      return Set.of();
    }
    InetAddress address = InetAddress.ofLiteral(object.getSpec().ip());
    claimTimes.put(address, now);
    return Set.of(address);
  }

  @Override
  public @Nullable Address remove(String key) {
    events.handle(Set.of());
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
