package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.pool.ServiceRef;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is not free, to be found by whatever is asked for. Not thread-safe. */
final class AllocationTable {

  private final Map<IpAddress, Allocation> allocations = new HashMap<>();
  private final Map<String, SortedSet<IpAddress>> byUid = new HashMap<>();

  /** By the namespace and sharing key of those that hold them. */
  private final Map<String, SortedSet<IpAddress>> byKey = new HashMap<>();

  /** What no Service holds, by for whom it is kept. */
  private final Map<Reservation, SortedSet<IpAddress>> kept = new HashMap<>();

  /** What Services hold, by the pool it was taken from. */
  private final Map<String, SortedSet<IpAddress>> byPool = new HashMap<>();

  /** UIDs of those that hold something, by namespace and name: more than one while one is gone. */
  private final Map<String, Set<String>> namesakes = new HashMap<>();

  @Nullable Allocation get(IpAddress address) {
    return allocations.get(address);
  }

  List<AddressClaim> sharesOf(IpAddress address) {
    Allocation held = allocations.get(address);
    return held == null ? List.of() : held.claims();
  }

  int size() {
    return allocations.size();
  }

  void forEach(BiConsumer<IpAddress, Allocation> action) {
    allocations.forEach(action);
  }

  void put(IpAddress address, Allocation allocation) {
    remove(address);
    allocations.put(address, allocation);
    for (AddressClaim claim : allocation.claims()) {
      String uid = claim.serviceRef().uid();
      link(byUid, uid, address);
      namesakes.computeIfAbsent(claim.serviceRef().toString(), key -> new HashSet<>()).add(uid);
      if (claim.key() != null) {
        link(byKey, keyOf(claim), address);
      }
    }
    if (!allocation.isKept()) {
      link(byPool, allocation.pool(), address);
    } else if (allocation.reservedFor() != null) {
      link(kept, allocation.reservedFor(), address);
    }
  }

  void remove(IpAddress address) {
    Allocation allocation = allocations.remove(address);
    if (allocation == null) {
      return;
    }
    for (AddressClaim claim : allocation.claims()) {
      String uid = claim.serviceRef().uid();
      unlink(byUid, uid, address);
      if (!byUid.containsKey(uid)) {
        namesakes.computeIfPresent(
            claim.serviceRef().toString(),
            (name, uids) -> uids.remove(uid) && uids.isEmpty() ? null : uids);
      }
      unlink(byKey, keyOf(claim), address);
    }
    unlink(byPool, allocation.pool(), address);
    if (allocation.reservedFor() != null) {
      unlink(kept, allocation.reservedFor(), address);
    }
  }

  private static <K> void link(Map<K, SortedSet<IpAddress>> index, K key, IpAddress address) {
    index.computeIfAbsent(key, k -> new TreeSet<>()).add(address);
  }

  private static <K> void unlink(Map<K, SortedSet<IpAddress>> index, K key, IpAddress address) {
    index.computeIfPresent(key, (k, set) -> set.remove(address) && set.isEmpty() ? null : set);
  }

  Set<IpAddress> ofUid(String uid) {
    return byUid.getOrDefault(uid, Collections.emptySortedSet());
  }

  Set<IpAddress> ofKey(AddressClaim claim) {
    return claim.key() == null
        ? Set.of()
        : byKey.getOrDefault(keyOf(claim), Collections.emptySortedSet());
  }

  private static String keyOf(AddressClaim claim) {
    return claim.serviceRef().namespace() + "/" + claim.key();
  }

  /** What is kept for this very one, then what is kept for any of its namespace. */
  Set<IpAddress> keptFor(ServiceRef serviceRef) {
    Set<IpAddress> all = new LinkedHashSet<>();
    all.addAll(
        kept.getOrDefault(new Reservation(serviceRef.namespace(), serviceRef.name()), none()));
    all.addAll(kept.getOrDefault(new Reservation(serviceRef.namespace(), null), none()));
    return all;
  }

  private static SortedSet<IpAddress> none() {
    return Collections.emptySortedSet();
  }

  Set<IpAddress> ofPool(String pool) {
    return byPool.getOrDefault(pool, none());
  }

  /** Other Services of this namespace and name that hold addresses. */
  Set<ServiceRef> namesakes(ServiceRef serviceRef) {
    return namesakes.getOrDefault(serviceRef.toString(), Set.of()).stream()
        .filter(uid -> !uid.equals(serviceRef.uid()))
        .map(uid -> new ServiceRef(serviceRef.namespace(), serviceRef.name(), uid))
        .collect(Collectors.toUnmodifiableSet());
  }

  Set<ServiceRef> claimants() {
    return allocations.values().stream()
        .flatMap(allocation -> allocation.claims().stream())
        .map(AddressClaim::serviceRef)
        .collect(Collectors.toUnmodifiableSet());
  }
}
