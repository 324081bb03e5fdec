package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.core.address.AddressGrant;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.logging.LogKeys;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leaves out the addresses that no Address binds to the Service of a LoadBalancer: the right to
 * write LoadBalancers is no right to take an address. The operator writes the Address first, but
 * the watch of Addresses may be behind the one of LoadBalancers. So an address is missing for a
 * moment before this node says so. It is served as soon as the grant arrives. One thread uses it.
 */
final class AddressGrantCheck {

  private static final Logger log = LoggerFactory.getLogger(AddressGrantCheck.class);

  /** Many times as long as one watch is behind another. */
  static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Function<InetAddress, Optional<AddressGrant>> grants;
  private final LongSupplier nanoTime;

  /** When this node first missed the grant of each address. */
  private final Map<ServiceKey, Map<InetAddress, Long>> missingSince = new HashMap<>();

  /** The addresses that were missing for longer than {@link #PATIENCE}. */
  private final Map<ServiceKey, Set<InetAddress>> refused = new HashMap<>();

  AddressGrantCheck(Function<InetAddress, Optional<AddressGrant>> grants, LongSupplier nanoTime) {
    this.grants = grants;
    this.nanoTime = nanoTime;
  }

  /**
   * The granted ones of these addresses. Services without any are left out.
   *
   * @param examined the Services that are brought up to date
   * @param configs of these Services, as far as they exist
   * @param addresses of each Service that this node would serve
   */
  Map<ServiceKey, List<InetAddress>> granted(
      Set<ServiceKey> examined,
      Collection<LoadBalancerConfig> configs,
      Map<ServiceKey, List<InetAddress>> addresses) {
    Map<ServiceKey, Map<InetAddress, Long>> before = new HashMap<>();
    for (ServiceKey id : examined) {
      Optional.ofNullable(missingSince.remove(id)).ifPresent(since -> before.put(id, since));
    }
    Map<ServiceKey, List<InetAddress>> granted = new HashMap<>();
    for (LoadBalancerConfig config : configs) {
      List<InetAddress> all = addresses.getOrDefault(config.id(), List.of());
      List<InetAddress> own = all.stream().filter(address -> isGranted(config, address)).toList();
      if (!own.isEmpty()) {
        granted.put(config.id(), own);
      }
      if (own.size() < all.size()) {
        Map<InetAddress, Long> since = new HashMap<>();
        all.stream()
            .filter(address -> !own.contains(address))
            .forEach(
                address ->
                    since.put(
                        address,
                        before
                            .getOrDefault(config.id(), Map.of())
                            .getOrDefault(address, nanoTime.getAsLong())));
        missingSince.put(config.id(), since);
      }
    }
    examined.forEach(this::updateRefused);
    return granted;
  }

  private boolean isGranted(LoadBalancerConfig config, InetAddress address) {
    return grants
        .apply(address)
        .filter(grant -> grant.includes(config.id(), config.serviceUid()))
        .isPresent();
  }

  private void updateRefused(ServiceKey id) {
    Set<InetAddress> now = new HashSet<>();
    missingSince
        .getOrDefault(id, Map.of())
        .forEach(
            (address, since) -> {
              if (nanoTime.getAsLong() - since >= PATIENCE.toNanos()) {
                now.add(address);
              }
            });
    Set<InetAddress> before = now.isEmpty() ? refused.remove(id) : refused.put(id, Set.copyOf(now));
    now.stream()
        .filter(address -> before == null || !before.contains(address))
        .forEach(
            address ->
                log.atWarn()
                    .addKeyValue(LogKeys.SERVICE, id)
                    .addKeyValue(LogKeys.ADDRESS, address.getHostAddress())
                    .log("Not serving an address that no Address binds to the Service"));
  }

  /** The Services that miss a grant and have not waited long enough, so that they are examined. */
  Set<ServiceKey> waiting() {
    Set<ServiceKey> waiting = new HashSet<>();
    missingSince.forEach(
        (id, since) -> {
          if (!refused.getOrDefault(id, Set.of()).containsAll(since.keySet())) {
            waiting.add(id);
          }
        });
    return waiting;
  }

  /** The addresses of a Service that this node would serve with a grant. */
  Set<InetAddress> refused(ServiceKey id) {
    return refused.getOrDefault(id, Set.of());
  }
}
