package dev.ballast.dataplane.server.announce;

import dev.ballast.dataplane.server.announce.packet.NeighborEntry;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The state of address conflict detection: probes, the conflicts of acquired addresses, and which
 * machines are cluster nodes. A cluster node is never in conflict: two nodes have an address for a
 * moment whenever it moves. Times are those of {@link System#nanoTime}. Not thread-safe, and
 * without I/O: {@link AddressConflictDetector} sends and receives.
 */
final class ConflictTable {

  /** How soon an address is probed again. */
  static final Duration MIN_PROBE_INTERVAL = Duration.ofSeconds(3);

  /** A conflict ends when the other machine has not answered probes for so long. */
  static final Duration CONFLICT_TIMEOUT = Duration.ofSeconds(150);

  private static final Duration NODE_CACHE_TIME = Duration.ofMinutes(10);
  private static final Duration FOREIGN_CACHE_TIME = Duration.ofMinutes(1);

  /** The result of a probe. */
  sealed interface ProbeResult {

    /** No result yet. */
    record ProbeRunning() implements ProbeResult {}

    /** No other machine uses the address. */
    record AddressFree() implements ProbeResult {}

    /** A foreign machine uses the address. */
    record AddressInUse(String mac) implements ProbeResult {}

    /** No machine of this LAN may use the address. */
    record AddressUnusable(String message) implements ProbeResult {}
  }

  /** What to do after an entry was received. */
  enum NextAction {
    NONE,
    /** Probe the addresses of the nodes, then {@link #classify} the machine. */
    IDENTIFY,
    /** A probe result or a conflict has changed. */
    NOTIFY
  }

  private static final class AddressProbe {
    final long startNanos;
    @Nullable ProbeResult result;

    /** Returned while this probe runs, so that the result does not change in between. */
    final @Nullable ProbeResult previousResult;

    AddressProbe(long startNanos, @Nullable ProbeResult previousResult) {
      this.startNanos = startNanos;
      this.previousResult = previousResult;
    }
  }

  private record ConflictEntry(String mac, long lastSeenNanos) {}

  private final Map<InetAddress, AddressProbe> probes = new HashMap<>();
  private final Set<InetAddress> acquired = new HashSet<>();
  private final Map<InetAddress, ConflictEntry> conflicts = new HashMap<>();
  private final Map<String, Long> nodes = new HashMap<>();
  private final Map<String, Long> foreignMachines = new HashMap<>();

  /** The addresses of machines that are not classified yet, by MAC address. */
  private final Map<String, Set<InetAddress>> unidentified = new HashMap<>();

  /** Returns whether to send a probe: false while one runs, or when the last one is recent. */
  boolean startProbe(InetAddress address, long now) {
    AddressProbe last = probes.get(address);
    if (last != null
        && (last.result == null || !isPast(last.startNanos, MIN_PROBE_INTERVAL, now))) {
      return false;
    }
    probes.put(address, new AddressProbe(now, last == null ? null : last.result));
    return true;
  }

  /** Ends the probe: no machine may use the address, whether one answers or not. */
  void markUnusable(InetAddress address, String message) {
    complete(address, new ProbeResult.AddressUnusable(message));
  }

  /** Ends the probe: the address is free, unless a machine that uses it is not classified yet. */
  void endProbe(InetAddress address) {
    if (unidentified.values().stream().noneMatch(addresses -> addresses.contains(address))) {
      complete(address, new ProbeResult.AddressFree());
    }
  }

  private boolean complete(InetAddress address, ProbeResult probeResult) {
    AddressProbe probe = probes.get(address);
    if (probe == null || probe.result != null) {
      return false;
    }
    probe.result = probeResult;
    return true;
  }

  /** The result of the probe; empty without a probe. */
  Optional<ProbeResult> probeResult(InetAddress address) {
    AddressProbe probe = probes.get(address);
    if (probe == null) {
      return Optional.empty();
    }
    ProbeResult known = probe.result == null ? probe.previousResult : probe.result;
    return Optional.of(known == null ? new ProbeResult.ProbeRunning() : known);
  }

  /** Removes the probes of all addresses but these. */
  void retainProbes(Set<InetAddress> addresses) {
    probes.keySet().retainAll(addresses);
  }

  /** From now on, a foreign machine that uses this address is in conflict with this node. */
  void addAcquired(InetAddress address) {
    probes.remove(address);
    acquired.add(address);
  }

  void retainAcquired(Set<InetAddress> keep) {
    acquired.retainAll(keep);
    conflicts.keySet().retainAll(keep);
  }

  /** The MAC address of the foreign machine that uses an acquired address. */
  Optional<String> conflictingMac(InetAddress address) {
    return Optional.ofNullable(conflicts.get(address)).map(ConflictEntry::mac);
  }

  /** Ends the conflicts whose machine has not answered for long; returns whether there were any. */
  boolean expireConflicts(long now) {
    return conflicts
        .values()
        .removeIf(conflict -> isPast(conflict.lastSeenNanos(), CONFLICT_TIMEOUT, now));
  }

  /** Another machine has announced an address that is probed or acquired. */
  NextAction entryReceived(NeighborEntry entry, long now) {
    String mac = entry.mac();
    if (isCached(nodes.get(mac), NODE_CACHE_TIME, now)) {
      return NextAction.NONE;
    }
    if (isCached(foreignMachines.get(mac), FOREIGN_CACHE_TIME, now)) {
      return recordForeign(entry, now) ? NextAction.NOTIFY : NextAction.NONE;
    }
    Set<InetAddress> addresses = unidentified.get(mac);
    unidentified.computeIfAbsent(mac, m -> new HashSet<>()).add(entry.address());
    return addresses == null ? NextAction.IDENTIFY : NextAction.NONE;
  }

  private boolean recordForeign(NeighborEntry entry, long now) {
    boolean changed = complete(entry.address(), new ProbeResult.AddressInUse(entry.mac()));
    if (acquired.contains(entry.address())) {
      ConflictEntry before = conflicts.put(entry.address(), new ConflictEntry(entry.mac(), now));
      changed |= before == null || !before.mac().equals(entry.mac());
    }
    return changed;
  }

  /** Remembers that a machine is a cluster node, or this node itself. */
  void addNode(String mac, long now) {
    nodes.put(mac, now);
    foreignMachines.remove(mac);
  }

  /**
   * Classifies a machine: it is foreign unless it is known as a node by now.
   *
   * @return whether a probe result or a conflict has changed
   */
  boolean classify(String mac, long now) {
    Set<InetAddress> addresses = unidentified.remove(mac);
    if (addresses == null) {
      return false;
    }
    if (isCached(nodes.get(mac), NODE_CACHE_TIME, now)) {
      addresses.forEach(this::endProbe);
      return true;
    }
    foreignMachines.put(mac, now);
    boolean changed = false;
    for (InetAddress address : addresses) {
      changed |= recordForeign(new NeighborEntry(address, mac), now);
    }
    return changed;
  }

  private static boolean isCached(@Nullable Long since, Duration duration, long now) {
    return since != null && !isPast(since, duration, now);
  }

  private static boolean isPast(long since, Duration duration, long now) {
    return now - since >= duration.toNanos();
  }
}
