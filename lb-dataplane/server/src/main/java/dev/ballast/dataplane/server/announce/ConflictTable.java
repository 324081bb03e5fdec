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
  static final Duration REST = Duration.ofSeconds(3);

  /** A conflict is over after that long without a word of the other one, who is asked meanwhile. */
  static final Duration SILENCE = Duration.ofSeconds(150);

  private static final Duration NODE_REMEMBERED = Duration.ofMinutes(10);
  private static final Duration STRANGER_REMEMBERED = Duration.ofMinutes(1);

  /** What a probe has found. */
  sealed interface ProbeResult {

    /** Nothing yet. */
    record ProbeRunning() implements ProbeResult {}

    record AddressFree() implements ProbeResult {}

    /** Another machine has the address. */
    record AddressInUse(String mac) implements ProbeResult {}

    /** No machine of this LAN may have it; {@code why} is for a person. */
    record AddressUnusable(String why) implements ProbeResult {}
  }

  /** What to do after a claim was heard. */
  enum NextAction {
    NOTHING,
    /** Find out whether the machine is a node; then {@link #judge}. */
    ASK_WHO,
    /** Something is known now that was not. */
    TELL
  }

  private static final class AddressProbe {
    final long begun;
    @Nullable ProbeResult found;

    /** Stands while this one runs, so that who waits is not told something else in between. */
    final @Nullable ProbeResult before;

    AddressProbe(long begun, @Nullable ProbeResult before) {
      this.begun = begun;
      this.before = before;
    }
  }

  private record ConflictEntry(String mac, long heard) {}

  private final Map<InetAddress, AddressProbe> probes = new HashMap<>();
  private final Set<InetAddress> held = new HashSet<>();
  private final Map<InetAddress, ConflictEntry> conflicts = new HashMap<>();
  private final Map<String, Long> nodes = new HashMap<>();
  private final Map<String, Long> strangers = new HashMap<>();

  /** What machines claim of which it is not known yet who they are. */
  private final Map<String, Set<InetAddress>> suspects = new HashMap<>();

  /** Returns whether to send a probe: false while one runs, or was answered a moment ago. */
  boolean begin(InetAddress address, long now) {
    AddressProbe last = probes.get(address);
    if (last != null && (last.found == null || !isPast(last.begun, REST, now))) {
      return false;
    }
    probes.put(address, new AddressProbe(now, last == null ? null : last.found));
    return true;
  }

  /** Nobody may have the address, whether somebody answers or not. */
  void refuse(InetAddress address, String why) {
    find(address, new ProbeResult.AddressUnusable(why));
  }

  /** The time to answer is over; whoever is still looked into is waited for. */
  void lapse(InetAddress address) {
    if (suspects.values().stream().noneMatch(claimed -> claimed.contains(address))) {
      find(address, new ProbeResult.AddressFree());
    }
  }

  private boolean find(InetAddress address, ProbeResult probeResult) {
    AddressProbe probe = probes.get(address);
    if (probe == null || probe.found != null) {
      return false;
    }
    probe.found = probeResult;
    return true;
  }

  /** Empty when none was begun. */
  Optional<ProbeResult> found(InetAddress address) {
    AddressProbe probe = probes.get(address);
    if (probe == null) {
      return Optional.empty();
    }
    ProbeResult known = probe.found == null ? probe.before : probe.found;
    return Optional.of(known == null ? new ProbeResult.ProbeRunning() : known);
  }

  /** Forgets the probes of all addresses but these. */
  void probeOnly(Set<InetAddress> wanted) {
    probes.keySet().retainAll(wanted);
  }

  /** From now on another machine that has it is in conflict with this one. */
  void hold(InetAddress address) {
    probes.remove(address);
    held.add(address);
  }

  void holdOnly(Set<InetAddress> keep) {
    held.retainAll(keep);
    conflicts.keySet().retainAll(keep);
  }

  /** The other machine that answers for an address which this one holds. */
  Optional<String> conflict(InetAddress address) {
    return Optional.ofNullable(conflicts.get(address)).map(ConflictEntry::mac);
  }

  /** Forgets the conflicts whose other side is silent; returns whether there were any. */
  boolean expire(long now) {
    return conflicts.values().removeIf(conflict -> isPast(conflict.heard(), SILENCE, now));
  }

  /** Takes in that another machine says that it has an address that is probed or held. */
  NextAction heard(NeighborEntry entry, long now) {
    String mac = entry.mac();
    if (isRemembered(nodes.get(mac), NODE_REMEMBERED, now)) {
      return NextAction.NOTHING;
    }
    if (isRemembered(strangers.get(mac), STRANGER_REMEMBERED, now)) {
      return takeIn(entry, now) ? NextAction.TELL : NextAction.NOTHING;
    }
    Set<InetAddress> claimed = suspects.get(mac);
    suspects.computeIfAbsent(mac, m -> new HashSet<>()).add(entry.address());
    return claimed == null ? NextAction.ASK_WHO : NextAction.NOTHING;
  }

  private boolean takeIn(NeighborEntry entry, long now) {
    boolean news = find(entry.address(), new ProbeResult.AddressInUse(entry.mac()));
    if (held.contains(entry.address())) {
      ConflictEntry before = conflicts.put(entry.address(), new ConflictEntry(entry.mac(), now));
      news |= before == null || !before.mac().equals(entry.mac());
    }
    return news;
  }

  /** This machine is a node of the cluster, or this very one. */
  void isNode(String mac, long now) {
    nodes.put(mac, now);
    strangers.remove(mac);
  }

  /**
   * Whoever has not shown to be a node by now is a stranger.
   *
   * @return whether something is known now that was not
   */
  boolean judge(String mac, long now) {
    Set<InetAddress> claimed = suspects.remove(mac);
    if (claimed == null) {
      return false;
    }
    if (isRemembered(nodes.get(mac), NODE_REMEMBERED, now)) {
      claimed.forEach(this::lapse);
      return true;
    }
    strangers.put(mac, now);
    boolean news = false;
    for (InetAddress address : claimed) {
      news |= takeIn(new NeighborEntry(address, mac), now);
    }
    return news;
  }

  private static boolean isRemembered(@Nullable Long since, Duration span, long now) {
    return since != null && !isPast(since, span, now);
  }

  private static boolean isPast(long since, Duration span, long now) {
    return now - since >= span.toNanos();
  }
}
