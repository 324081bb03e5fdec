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

/** All allocations, with an index for each kind of lookup. Not thread-safe. */
final class AllocationTable {

  private final Map<IpAddress, Allocation> allocations = new HashMap<>();
  private final Map<String, SortedSet<IpAddress>> byUid = new HashMap<>();

  /** By the namespace and sharing key of their holders. */
  private final Map<String, SortedSet<IpAddress>> bySharingKey = new HashMap<>();

  /** Addresses without a Service, by their reservation. */
  private final Map<ReservationTarget, SortedSet<IpAddress>> byReservation = new HashMap<>();

  /** Addresses that Services hold, by the pool that allocated them. */
  private final Map<String, SortedSet<IpAddress>> byPool = new HashMap<>();

  /**
   * UIDs of holders, by namespace and name. A name has several while a deleted Service of that name
   * still holds an address.
   */
  private final Map<String, Set<String>> uidsByName = new HashMap<>();

  @Nullable Allocation get(IpAddress address) {
    return allocations.get(address);
  }

  List<AddressClaim> claimsOn(IpAddress address) {
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
      uidsByName.computeIfAbsent(claim.serviceRef().toString(), key -> new HashSet<>()).add(uid);
      if (claim.sharingKey() != null) {
        link(bySharingKey, keyOf(claim), address);
      }
    }
    if (!allocation.hasNoService()) {
      link(byPool, allocation.pool(), address);
    } else if (allocation.reservedFor() != null) {
      link(byReservation, allocation.reservedFor(), address);
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
        uidsByName.computeIfPresent(
            claim.serviceRef().toString(),
            (name, uids) -> uids.remove(uid) && uids.isEmpty() ? null : uids);
      }
      unlink(bySharingKey, keyOf(claim), address);
    }
    unlink(byPool, allocation.pool(), address);
    if (allocation.reservedFor() != null) {
      unlink(byReservation, allocation.reservedFor(), address);
    }
  }

  private static <K> void link(Map<K, SortedSet<IpAddress>> index, K key, IpAddress address) {
    index.computeIfAbsent(key, k -> new TreeSet<>()).add(address);
  }

  private static <K> void unlink(Map<K, SortedSet<IpAddress>> index, K key, IpAddress address) {
    index.computeIfPresent(key, (k, set) -> set.remove(address) && set.isEmpty() ? null : set);
  }

  Set<IpAddress> ofService(String uid) {
    return byUid.getOrDefault(uid, Collections.emptySortedSet());
  }

  Set<IpAddress> ofSharingKey(AddressClaim claim) {
    return claim.sharingKey() == null
        ? Set.of()
        : bySharingKey.getOrDefault(keyOf(claim), Collections.emptySortedSet());
  }

  private static String keyOf(AddressClaim claim) {
    return claim.serviceRef().namespace() + "/" + claim.sharingKey();
  }

  /** Addresses reserved for this Service, then those reserved for its namespace. */
  Set<IpAddress> reservedFor(ServiceRef serviceRef) {
    Set<IpAddress> all = new LinkedHashSet<>();
    all.addAll(
        byReservation.getOrDefault(
            new ReservationTarget(serviceRef.namespace(), serviceRef.name()), none()));
    all.addAll(
        byReservation.getOrDefault(new ReservationTarget(serviceRef.namespace(), null), none()));
    return all;
  }

  private static SortedSet<IpAddress> none() {
    return Collections.emptySortedSet();
  }

  Set<IpAddress> ofPool(String pool) {
    return byPool.getOrDefault(pool, none());
  }

  /** Services of the same namespace and name, but another UID, that hold addresses. */
  Set<ServiceRef> predecessorsOf(ServiceRef serviceRef) {
    return uidsByName.getOrDefault(serviceRef.toString(), Set.of()).stream()
        .filter(uid -> !uid.equals(serviceRef.uid()))
        .map(uid -> new ServiceRef(serviceRef.namespace(), serviceRef.name(), uid))
        .collect(Collectors.toUnmodifiableSet());
  }

  Set<ServiceRef> holders() {
    return allocations.values().stream()
        .flatMap(allocation -> allocation.claims().stream())
        .map(AddressClaim::serviceRef)
        .collect(Collectors.toUnmodifiableSet());
  }
}
