package dev.ballast.operator.ipam;

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
final class Holdings {

  private final Map<IpAddress, Hold> holds = new HashMap<>();
  private final Map<String, SortedSet<IpAddress>> byUid = new HashMap<>();

  /** By the namespace and sharing key of those that hold them. */
  private final Map<String, SortedSet<IpAddress>> byKey = new HashMap<>();

  /** What no Service holds, by for whom it is kept. */
  private final Map<Reservation, SortedSet<IpAddress>> kept = new HashMap<>();

  /** What Services hold, by the pool it was taken from. */
  private final Map<String, SortedSet<IpAddress>> byPool = new HashMap<>();

  /** UIDs of those that hold something, by namespace and name: more than one while one is gone. */
  private final Map<String, Set<String>> namesakes = new HashMap<>();

  @Nullable Hold get(IpAddress address) {
    return holds.get(address);
  }

  List<Share> sharesOf(IpAddress address) {
    Hold held = holds.get(address);
    return held == null ? List.of() : held.shares();
  }

  int size() {
    return holds.size();
  }

  void forEach(BiConsumer<IpAddress, Hold> action) {
    holds.forEach(action);
  }

  void put(IpAddress address, Hold hold) {
    remove(address);
    holds.put(address, hold);
    for (Share share : hold.shares()) {
      String uid = share.claimant().uid();
      link(byUid, uid, address);
      namesakes.computeIfAbsent(share.claimant().toString(), key -> new HashSet<>()).add(uid);
      if (share.key() != null) {
        link(byKey, keyOf(share), address);
      }
    }
    if (!hold.isKept()) {
      link(byPool, hold.pool(), address);
    } else if (hold.reservedFor() != null) {
      link(kept, hold.reservedFor(), address);
    }
  }

  void remove(IpAddress address) {
    Hold hold = holds.remove(address);
    if (hold == null) {
      return;
    }
    for (Share share : hold.shares()) {
      String uid = share.claimant().uid();
      unlink(byUid, uid, address);
      if (!byUid.containsKey(uid)) {
        namesakes.computeIfPresent(
            share.claimant().toString(),
            (name, uids) -> uids.remove(uid) && uids.isEmpty() ? null : uids);
      }
      unlink(byKey, keyOf(share), address);
    }
    unlink(byPool, hold.pool(), address);
    if (hold.reservedFor() != null) {
      unlink(kept, hold.reservedFor(), address);
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

  Set<IpAddress> ofKey(Share share) {
    return share.key() == null
        ? Set.of()
        : byKey.getOrDefault(keyOf(share), Collections.emptySortedSet());
  }

  private static String keyOf(Share share) {
    return share.claimant().namespace() + "/" + share.key();
  }

  /** What is kept for this very one, then what is kept for any of its namespace. */
  Set<IpAddress> keptFor(Claimant claimant) {
    Set<IpAddress> all = new LinkedHashSet<>();
    all.addAll(kept.getOrDefault(new Reservation(claimant.namespace(), claimant.name()), none()));
    all.addAll(kept.getOrDefault(new Reservation(claimant.namespace(), null), none()));
    return all;
  }

  private static SortedSet<IpAddress> none() {
    return Collections.emptySortedSet();
  }

  Set<IpAddress> ofPool(String pool) {
    return byPool.getOrDefault(pool, none());
  }

  /** Other Services of this namespace and name that hold addresses. */
  Set<Claimant> namesakes(Claimant claimant) {
    return namesakes.getOrDefault(claimant.toString(), Set.of()).stream()
        .filter(uid -> !uid.equals(claimant.uid()))
        .map(uid -> new Claimant(claimant.namespace(), claimant.name(), uid))
        .collect(Collectors.toUnmodifiableSet());
  }

  Set<Claimant> claimants() {
    return holds.values().stream()
        .flatMap(hold -> hold.shares().stream())
        .map(Share::claimant)
        .collect(Collectors.toUnmodifiableSet());
  }
}
