package dev.ballast.dataplane.server.kube;

import dev.ballast.dataplane.core.plan.ServiceId;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.server.announce.Taken;
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
final class Held {

  private final Map<ServiceId, List<InetAddress>> wanted = new HashMap<>();
  private final Map<InetAddress, Set<ServiceId>> services = new HashMap<>();
  private final Map<InetAddress, Taken> taken = new HashMap<>();

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
    return taken.containsKey(address) && !unsettled.contains(address);
  }

  /** Whether it will be known in a moment how it goes with an address of the server. */
  boolean isProbing(VirtualServer server) {
    return server.addresses().stream().anyMatch(a -> taken.get(a) instanceof Taken.Probing);
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
  boolean want(ServiceId id, List<InetAddress> addresses) {
    List<InetAddress> before = addresses.isEmpty() ? wanted.remove(id) : wanted.put(id, addresses);
    addresses.forEach(a -> services.computeIfAbsent(a, none -> new HashSet<>()).add(id));
    boolean fewer = false;
    for (InetAddress address : before == null ? List.<InetAddress>of() : before) {
      if (!addresses.contains(address) && isLeftBy(id, address)) {
        taken.remove(address);
        unsettled.remove(address);
        contested.remove(address);
        fewer = true;
      }
    }
    count = taken.size() - unsettled.size();
    return fewer;
  }

  private boolean isLeftBy(ServiceId id, InetAddress address) {
    return services.computeIfPresent(
            address, (a, others) -> others.remove(id) && others.isEmpty() ? null : others)
        == null;
  }

  /** Notes how taking the address went; returns how it went before, null if it was not tried. */
  @Nullable Taken took(InetAddress address, Taken now) {
    Taken before = taken.put(address, now);
    unsettled.remove(address);
    contested.remove(address);
    switch (now) {
      case Taken.Held() -> {}
      case Taken.Contested _ -> contested.add(address);
      case Taken.Probing() -> unsettled.add(address);
      case Taken.Refused _ -> unsettled.add(address);
    }
    count = taken.size() - unsettled.size();
    return before;
  }

  Set<ServiceId> servicesOf(InetAddress address) {
    return services.getOrDefault(address, Set.of());
  }

  /** How it went with each address of the server. */
  Map<InetAddress, Taken> of(VirtualServer server) {
    Map<InetAddress, Taken> each = new LinkedHashMap<>();
    for (InetAddress address : server.addresses()) {
      Optional.ofNullable(taken.get(address)).ifPresent(state -> each.put(address, state));
    }
    return each;
  }
}
