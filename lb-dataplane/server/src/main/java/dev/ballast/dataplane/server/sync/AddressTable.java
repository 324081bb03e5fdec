package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.server.announce.AcquireResult;
import java.net.InetAddress;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The addresses that this node has to answer for, the Services that each is of, and how taking it
 * went. Belongs to one thread, but for the count.
 */
final class AddressTable {

  private final Map<ServiceKey, List<InetAddress>> wanted = new HashMap<>();
  private final Map<InetAddress, Set<ServiceKey>> services = new HashMap<>();
  private final Map<InetAddress, AcquireResult> result = new HashMap<>();

  /** Those of them that are not taken yet: refused, or asked for on the LAN. */
  private final Set<InetAddress> unsettled = new HashSet<>();

  private final Set<InetAddress> contested = new HashSet<>();

  private volatile int count;

  /** All of them, as a view. */
  Set<InetAddress> all() {
    return Collections.unmodifiableSet(services.keySet());
  }

  Set<InetAddress> unsettled() {
    return Set.copyOf(unsettled);
  }

  /** Those that another machine answers for too. */
  Set<InetAddress> contested() {
    return Set.copyOf(contested);
  }

  boolean isTaken(InetAddress address) {
    return result.containsKey(address) && !unsettled.contains(address);
  }

  /** Whether it will be known in a moment how it goes with an address of the server. */
  boolean isProbing(VirtualServer server) {
    return server.addresses().stream()
        .anyMatch(a -> result.get(a) instanceof AcquireResult.Probing);
  }

  /** How many are answered for. Thread-safe. */
  int count() {
    return count;
  }

  /**
   * Makes these the addresses of a Service.
   *
   * @return whether one is now no Service's any more
   */
  boolean want(ServiceKey id, List<InetAddress> addresses) {
    List<InetAddress> before = addresses.isEmpty() ? wanted.remove(id) : wanted.put(id, addresses);
    addresses.forEach(a -> services.computeIfAbsent(a, none -> new HashSet<>()).add(id));
    boolean fewer = false;
    for (InetAddress address : before == null ? List.<InetAddress>of() : before) {
      if (!addresses.contains(address) && isLeftBy(id, address)) {
        result.remove(address);
        unsettled.remove(address);
        contested.remove(address);
        fewer = true;
      }
    }
    count = result.size() - unsettled.size();
    return fewer;
  }

  private boolean isLeftBy(ServiceKey id, InetAddress address) {
    return services.computeIfPresent(
            address, (a, others) -> others.remove(id) && others.isEmpty() ? null : others)
        == null;
  }

  /** Notes how taking the address went; returns how it went before, null if it was not tried. */
  @Nullable AcquireResult took(InetAddress address, AcquireResult now) {
    AcquireResult before = result.put(address, now);
    unsettled.remove(address);
    contested.remove(address);
    switch (now) {
      case AcquireResult.Acquired() -> {}
      case AcquireResult.AcquiredWithConflict _ -> contested.add(address);
      case AcquireResult.Probing() -> unsettled.add(address);
      case AcquireResult.AcquireRejected _ -> unsettled.add(address);
    }
    count = result.size() - unsettled.size();
    return before;
  }

  Set<ServiceKey> servicesOf(InetAddress address) {
    return services.getOrDefault(address, Set.of());
  }

  /** How it went with each address of the server. */
  Map<InetAddress, AcquireResult> of(VirtualServer server) {
    Map<InetAddress, AcquireResult> each = new LinkedHashMap<>();
    for (InetAddress address : server.addresses()) {
      Optional.ofNullable(result.get(address)).ifPresent(state -> each.put(address, state));
    }
    return each;
  }
}
