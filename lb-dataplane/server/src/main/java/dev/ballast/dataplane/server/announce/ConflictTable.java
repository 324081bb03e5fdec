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
 * machines are cluster nodes. A cluster node is never in conflict over an acquired address: two
 * nodes have an address for a moment whenever it moves. It is in conflict over an address that no
 * node has announced, unless it is known to hand the address over. Times are those of {@link
 * System#nanoTime}. Not thread-safe, and without I/O: {@link AddressConflictDetector} sends and
 * receives.
 */
final class ConflictTable {

  /** How soon an address is probed again. */
  static final Duration MIN_PROBE_INTERVAL = Duration.ofSeconds(3);

  /** A conflict ends when the other machine has not answered probes for so long. */
  static final Duration CONFLICT_TIMEOUT = Duration.ofSeconds(150);

  /**
   * When an address is probed again that a node answers for. The node may have acquired it just
   * now, because two nodes see the members differently for a moment. Its report ends the probe.
   */
  static final Duration CONFIRM_INTERVAL = Duration.ofSeconds(1);

  private static final Duration NODE_CACHE_TIME = Duration.ofMinutes(10);
  private static final Duration FOREIGN_CACHE_TIME = Duration.ofMinutes(1);

  /** The result of a probe. */
  sealed interface ProbeResult {

    /** No result yet. */
    record ProbeRunning() implements ProbeResult {}

    /** No other machine uses the address. */
    record AddressFree() implements ProbeResult {}

    /**
     * Another machine uses the address.
     *
     * @param node its name; empty: the machine is not a cluster node
     */
    record AddressInUse(String mac, Optional<String> node) implements ProbeResult {}

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
    final Set<String> innocentNodes;

    /** Whether a node answered the probe before this one. */
    final boolean confirming;

    boolean answeredByNode;
    @Nullable ProbeResult result;

    /** Returned while this probe runs, so that the result does not change in between. */
    final @Nullable ProbeResult previousResult;

    AddressProbe(long startNanos, Set<String> innocentNodes, @Nullable AddressProbe previous) {
      this.startNanos = startNanos;
      this.innocentNodes = innocentNodes;
      this.confirming = previous != null && previous.answeredByNode;
      this.previousResult = previous == null ? null : previous.result;
    }

    boolean isUnconfirmed() {
      return answeredByNode && result == null;
    }
  }

  private record ConflictEntry(String mac, long lastSeenNanos) {}

  /**
   * A machine that is a cluster node.
   *
   * @param name empty: this node itself
   */
  private record NodeEntry(Optional<String> name, long lastSeenNanos) {}

  private final Map<InetAddress, AddressProbe> probes = new HashMap<>();
  private final Set<InetAddress> acquired = new HashSet<>();
  private final Map<InetAddress, ConflictEntry> conflicts = new HashMap<>();
  private final Map<String, NodeEntry> nodes = new HashMap<>();
  private final Map<String, Long> foreignMachines = new HashMap<>();

  /** The addresses of machines that are not classified yet, by MAC address. */
  private final Map<String, Set<InetAddress>> unidentified = new HashMap<>();

  /**
   * Returns whether to send a probe: false while one runs, or when the last one is recent.
   *
   * @param innocentNodes the names of the nodes that may use the address
   */
  boolean startProbe(InetAddress address, Set<String> innocentNodes, long now) {
    AddressProbe last = probes.get(address);
    if (last != null && !isDue(last, now)) {
      return false;
    }
    probes.put(address, new AddressProbe(now, innocentNodes, last));
    return true;
  }

  private static boolean isDue(AddressProbe last, long now) {
    return last.isUnconfirmed()
        ? isPast(last.startNanos, CONFIRM_INTERVAL, now)
        : last.result != null && isPast(last.startNanos, MIN_PROBE_INTERVAL, now);
  }

  /** Ends the probe: no machine may use the address, whether one answers or not. */
  void markUnusable(InetAddress address, String message) {
    complete(address, new ProbeResult.AddressUnusable(message));
  }

  /**
   * Ends the probe: the address is free, unless a machine that uses it is not classified yet, or is
   * a node that has not answered a second probe yet.
   */
  void endProbe(InetAddress address) {
    AddressProbe probe = probes.get(address);
    if (probe != null
        && !probe.isUnconfirmed()
        && unidentified.values().stream().noneMatch(addresses -> addresses.contains(address))) {
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
    Optional<NodeEntry> node = node(mac, now);
    if (node.isPresent()) {
      return recordNode(entry, node.orElseThrow()) ? NextAction.NOTIFY : NextAction.NONE;
    }
    if (isCached(foreignMachines.get(mac), FOREIGN_CACHE_TIME, now)) {
      return recordForeign(entry, now) ? NextAction.NOTIFY : NextAction.NONE;
    }
    Set<InetAddress> addresses = unidentified.get(mac);
    unidentified.computeIfAbsent(mac, m -> new HashSet<>()).add(entry.address());
    return addresses == null ? NextAction.IDENTIFY : NextAction.NONE;
  }

  private Optional<NodeEntry> node(String mac, long now) {
    return Optional.ofNullable(nodes.get(mac))
        .filter(node -> !isPast(node.lastSeenNanos(), NODE_CACHE_TIME, now));
  }

  private boolean recordNode(NeighborEntry entry, NodeEntry node) {
    AddressProbe probe = probes.get(entry.address());
    if (probe == null
        || node.name().filter(name -> !probe.innocentNodes.contains(name)).isEmpty()) {
      return false;
    }
    probe.answeredByNode = true;
    return probe.confirming
        && complete(entry.address(), new ProbeResult.AddressInUse(entry.mac(), node.name()));
  }

  private boolean recordForeign(NeighborEntry entry, long now) {
    boolean changed =
        complete(entry.address(), new ProbeResult.AddressInUse(entry.mac(), Optional.empty()));
    if (acquired.contains(entry.address())) {
      ConflictEntry before = conflicts.put(entry.address(), new ConflictEntry(entry.mac(), now));
      changed |= before == null || !before.mac().equals(entry.mac());
    }
    return changed;
  }

  /**
   * Remembers that a machine is a cluster node.
   *
   * @param name of the node; empty: this node itself
   */
  void addNode(String mac, Optional<String> name, long now) {
    nodes.put(mac, new NodeEntry(name, now));
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
    Optional<NodeEntry> node = node(mac, now);
    if (node.isPresent()) {
      for (InetAddress address : addresses) {
        if (!recordNode(new NeighborEntry(address, mac), node.orElseThrow())) {
          endProbe(address);
        }
      }
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
