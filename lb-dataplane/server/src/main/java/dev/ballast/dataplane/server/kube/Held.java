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

/**
 * The addresses that this node has to answer for, the Services that each is of, and how taking it
 * went. Belongs to one thread, but for the count.
 */
final class Held {

  private final Map<ServiceId, List<InetAddress>> wanted = new HashMap<>();
  private final Map<InetAddress, Set<ServiceId>> services = new HashMap<>();
  private final Map<InetAddress, Taken> taken = new HashMap<>();

  /** Those of them that could not be taken. */
  private final Set<InetAddress> refused = new HashSet<>();

  private volatile int count;

  /** All of them, as a view. */
  Set<InetAddress> all() {
    return Collections.unmodifiableSet(services.keySet());
  }

  Set<InetAddress> refused() {
    return Set.copyOf(refused);
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
        refused.remove(address);
        fewer = true;
      }
    }
    count = taken.size() - refused.size();
    return fewer;
  }

  private boolean isLeftBy(ServiceId id, InetAddress address) {
    return services.computeIfPresent(
            address, (a, others) -> others.remove(id) && others.isEmpty() ? null : others)
        == null;
  }

  /**
   * Notes how taking the address went.
   *
   * @return whether it went otherwise than before
   */
  boolean took(InetAddress address, Taken now) {
    Taken before = taken.put(address, now);
    switch (now) {
      case Taken.Held() -> refused.remove(address);
      case Taken.Refused _ -> refused.add(address);
    }
    count = taken.size() - refused.size();
    return !now.equals(before);
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
