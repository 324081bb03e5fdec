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
 * The addresses that this node has to announce, the Services that use each of them, and the latest
 * result of acquiring it. Several Services can share an address. One thread uses it, except for the
 * count.
 */
final class AddressTable {

  private final Map<ServiceKey, List<InetAddress>> addressesByService = new HashMap<>();
  private final Map<InetAddress, Set<ServiceKey>> servicesByAddress = new HashMap<>();
  private final Map<InetAddress, AcquireResult> results = new HashMap<>();

  /** Not acquired yet: rejected, or probed at the moment. */
  private final Set<InetAddress> pending = new HashSet<>();

  private final Set<InetAddress> conflicting = new HashSet<>();

  private volatile int acquiredCount;

  /** All addresses, as a view. */
  Set<InetAddress> addresses() {
    return Collections.unmodifiableSet(servicesByAddress.keySet());
  }

  /** Addresses that were rejected or are being probed. */
  Set<InetAddress> pending() {
    return Set.copyOf(pending);
  }

  /** Acquired addresses that a machine outside the cluster uses too. */
  Set<InetAddress> conflicting() {
    return Set.copyOf(conflicting);
  }

  boolean isAcquired(InetAddress address) {
    return results.containsKey(address) && !pending.contains(address);
  }

  /** Whether this node announces none of the server's addresses. */
  boolean isDrained(VirtualServer server) {
    return server.addresses().stream().noneMatch(servicesByAddress::containsKey);
  }

  /** Whether a probe of one of the server's addresses is running. */
  boolean isProbing(VirtualServer server) {
    return server.addresses().stream()
        .anyMatch(a -> results.get(a) instanceof AcquireResult.Probing);
  }

  /** How many addresses are acquired. Thread-safe. */
  int acquiredCount() {
    return acquiredCount;
  }

  /** Forgets everything. */
  void clear() {
    addressesByService.clear();
    servicesByAddress.clear();
    results.clear();
    pending.clear();
    conflicting.clear();
    acquiredCount = 0;
  }

  /**
   * Replaces the addresses of a Service.
   *
   * @return the addresses that have no Service left
   */
  Set<InetAddress> setAddresses(ServiceKey id, List<InetAddress> addresses) {
    List<InetAddress> before =
        addresses.isEmpty() ? addressesByService.remove(id) : addressesByService.put(id, addresses);
    addresses.forEach(a -> servicesByAddress.computeIfAbsent(a, none -> new HashSet<>()).add(id));
    Set<InetAddress> released = new HashSet<>();
    for (InetAddress address : before == null ? List.<InetAddress>of() : before) {
      if (!addresses.contains(address) && removeService(id, address)) {
        results.remove(address);
        pending.remove(address);
        conflicting.remove(address);
        released.add(address);
      }
    }
    acquiredCount = results.size() - pending.size();
    return released;
  }

  /** Returns whether no other Service uses the address. */
  private boolean removeService(ServiceKey id, InetAddress address) {
    return servicesByAddress.computeIfPresent(
            address, (a, others) -> others.remove(id) && others.isEmpty() ? null : others)
        == null;
  }

  /** Records the result of acquiring an address. Returns the previous result, or null. */
  @Nullable AcquireResult recordResult(InetAddress address, AcquireResult now) {
    AcquireResult before = results.put(address, now);
    pending.remove(address);
    conflicting.remove(address);
    switch (now) {
      case AcquireResult.Acquired() -> {}
      case AcquireResult.AcquiredWithConflict _ -> conflicting.add(address);
      case AcquireResult.Probing() -> pending.add(address);
      case AcquireResult.AcquireRejected _ -> pending.add(address);
    }
    acquiredCount = results.size() - pending.size();
    return before;
  }

  Set<ServiceKey> servicesOf(InetAddress address) {
    return servicesByAddress.getOrDefault(address, Set.of());
  }

  /** The latest result for each address of the server that was tried. */
  Map<InetAddress, AcquireResult> resultsOf(VirtualServer server) {
    Map<InetAddress, AcquireResult> each = new LinkedHashMap<>();
    for (InetAddress address : server.addresses()) {
      Optional.ofNullable(results.get(address)).ifPresent(result -> each.put(address, result));
    }
    return each;
  }
}
