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
 * What is known of other machines that have addresses which this node wants, or has. A machine that
 * is a node of the cluster is no rival: two nodes have an address for a moment whenever it moves.
 * Times are those of {@link System#nanoTime}. Not thread-safe, and without a wire: see {@link
 * AddressConflictDetector}.
 */
final class ConflictTable {

  /** How soon an address that is in use is asked for again. */
  static final Duration MIN_PROBE_INTERVAL = Duration.ofSeconds(3);

  /** A conflict is over after that long without a word of the other one, who is asked meanwhile. */
  static final Duration CONFLICT_TIMEOUT = Duration.ofSeconds(150);

  private static final Duration NODE_CACHE_TIME = Duration.ofMinutes(10);
  private static final Duration FOREIGN_CACHE_TIME = Duration.ofMinutes(1);

  /** What a probe has found. */
  sealed interface ProbeResult {

    /** Nothing yet. */
    record ProbeRunning() implements ProbeResult {}

    record AddressFree() implements ProbeResult {}

    /** Another machine has the address. */
    record AddressInUse(String mac) implements ProbeResult {}

    /** No machine of this LAN may have it; {@code why} is for a person. */
    record AddressUnusable(String message) implements ProbeResult {}
  }

  /** What to do after a claim was heard. */
  enum NextAction {
    NONE,
    /** Find out whether the machine is a node; then {@link #judge}. */
    IDENTIFY,
    /** Something is known now that was not. */
    NOTIFY
  }

  private static final class AddressProbe {
    final long startNanos;
    @Nullable ProbeResult result;

    /** Stands while this one runs, so that who waits is not told something else in between. */
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

  /** What machines claim of which it is not known yet who they are. */
  private final Map<String, Set<InetAddress>> unidentified = new HashMap<>();

  /** Returns whether to send a probe: false while one runs, or was answered a moment ago. */
  boolean startProbe(InetAddress address, long now) {
    AddressProbe last = probes.get(address);
    if (last != null
        && (last.result == null || !isPast(last.startNanos, MIN_PROBE_INTERVAL, now))) {
      return false;
    }
    probes.put(address, new AddressProbe(now, last == null ? null : last.result));
    return true;
  }

  /** Nobody may have the address, whether somebody answers or not. */
  void markUnusable(InetAddress address, String message) {
    complete(address, new ProbeResult.AddressUnusable(message));
  }

  /** The time to answer is over; whoever is still looked into is waited for. */
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

  /** Empty when none was begun. */
  Optional<ProbeResult> probeResult(InetAddress address) {
    AddressProbe probe = probes.get(address);
    if (probe == null) {
      return Optional.empty();
    }
    ProbeResult known = probe.result == null ? probe.previousResult : probe.result;
    return Optional.of(known == null ? new ProbeResult.ProbeRunning() : known);
  }

  /** Forgets the probes of all addresses but these. */
  void retainProbes(Set<InetAddress> wanted) {
    probes.keySet().retainAll(wanted);
  }

  /** From now on another machine that has it is in conflict with this one. */
  void addAcquired(InetAddress address) {
    probes.remove(address);
    acquired.add(address);
  }

  void retainAcquired(Set<InetAddress> keep) {
    acquired.retainAll(keep);
    conflicts.keySet().retainAll(keep);
  }

  /** The other machine that answers for an address which this one holds. */
  Optional<String> conflictingMac(InetAddress address) {
    return Optional.ofNullable(conflicts.get(address)).map(ConflictEntry::mac);
  }

  /** Forgets the conflicts whose other side is silent; returns whether there were any. */
  boolean expireConflicts(long now) {
    return conflicts
        .values()
        .removeIf(conflict -> isPast(conflict.lastSeenNanos(), CONFLICT_TIMEOUT, now));
  }

  /** Takes in that another machine says that it has an address that is probed or held. */
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

  /** This machine is a node of the cluster, or this very one. */
  void addNode(String mac, long now) {
    nodes.put(mac, now);
    foreignMachines.remove(mac);
  }

  /**
   * Whoever has not shown to be a node by now is a stranger.
   *
   * @return whether something is known now that was not
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
