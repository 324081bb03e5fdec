package dev.ballast.dataplane.server.claims;

import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Another node: its claims, and the attempts to connect to it. Of two nodes, the one whose name
 * precedes connects. After a connection has ended without a farewell, both try again. If all of
 * these attempts are refused, no process of the node is there. Times are of {@link
 * System#nanoTime}. One thread uses it.
 */
final class ClaimPeer {

  /** After that many refusals, the process has ended. */
  static final int ATTEMPTS = 3;

  /**
   * The kernel of a process that ends may complete a few connections before it refuses them. A node
   * that does not refuse within so many attempts has a process.
   */
  private static final int MAX_ATTEMPTS = 20;

  static final long ATTEMPT_INTERVAL = Duration.ofMillis(25).toNanos();
  private static final long REDIAL_INTERVAL = Duration.ofSeconds(1).toNanos();

  /** The next process of a node that said farewell connects within that time. */
  private static final long SUCCESSION = Duration.ofSeconds(3).toNanos();

  /** After that, the report of the node is newer than what it said last. */
  private static final long RETENTION = Duration.ofSeconds(5).toNanos();

  /** More than a cluster has. A node with a fault must not fill the memory of the others. */
  private static final int MAX_ADDRESSES = 1_000_000;

  final String name;
  final InetAddress address;
  private final boolean dials;

  /** Whether a connection to the node stays open. */
  boolean neighbor;

  @Nullable ClaimConnection connection;
  @Nullable ClaimConnection attempt;

  private Map<InetAddress, Long> claims = Map.of();
  private @Nullable Map<InetAddress, Long> restarted;
  private boolean known;
  private boolean checking;
  private int attempts;
  private int refusals;
  private long ended;
  private boolean succeeded;
  private long nextAttempt;

  ClaimPeer(String self, String name, InetAddress address, long now) {
    this.name = name;
    this.address = address;
    this.dials = self.compareTo(name) < 0;
    this.nextAttempt = now;
    this.ended = now;
  }

  /** Whether it is time to connect. */
  boolean isDue(long now) {
    return neighbor
        && connection == null
        && attempt == null
        && (dials || checking)
        && now - nextAttempt >= 0;
  }

  /**
   * Whether this node opens the connection. Between nodes that are not neighbors, the one that asks
   * for claims opens it.
   */
  boolean isDialed() {
    return dials || !neighbor;
  }

  /** Whether the node may be at the other end of a connection. */
  boolean isExpected(ClaimConnection connection) {
    return connection.dialer
        ? name.equals(connection.peer)
        : !(neighbor && dials) && connection.channel.socket().getInetAddress().equals(address);
  }

  /** Whether only a resync connects this node to it, and none has yet. */
  boolean isUnconnected() {
    return !neighbor && connection == null && attempt == null;
  }

  /** The attempt of a resync. */
  Optional<ClaimConnection> resyncAttempt() {
    return neighbor ? Optional.empty() : Optional.ofNullable(attempt);
  }

  /** When the next attempt begins. */
  void attempted(long now) {
    checking &= ++attempts < MAX_ATTEMPTS;
    boolean soon = checking || (succeeded && now - ended < SUCCESSION);
    nextAttempt = now + (soon ? ATTEMPT_INTERVAL : REDIAL_INTERVAL);
  }

  void opened(ClaimConnection now) {
    connection = now;
    checking = false;
    succeeded = false;
    restarted = null;
  }

  /**
   * The connection has ended.
   *
   * @param farewell whether the node said that another of its processes follows
   */
  void closed(boolean farewell, long now) {
    connection = null;
    restarted = null;
    ended = now;
    nextAttempt = now;
    succeeded = farewell;
    checking = neighbor && !farewell;
    attempts = 0;
    refusals = 0;
  }

  /** The node cannot be reached: nothing shows that its process has ended. */
  void notRefused() {
    checking = false;
  }

  /** Returns whether the process of the node has ended. */
  boolean refused() {
    if (!checking || ++refusals < ATTEMPTS) {
      return false;
    }
    checking = false;
    return true;
  }

  void restart() {
    restarted = new HashMap<>();
  }

  /** Returns the addresses whose epoch has changed. */
  Set<InetAddress> update(Map<InetAddress, Long> epochs) {
    Map<InetAddress, Long> all = restarted;
    if (all != null) {
      all.putAll(epochs);
      return Set.of();
    }
    Map<InetAddress, Long> after = new HashMap<>(claims);
    epochs.forEach(
        (claimed, epoch) -> {
          if (epoch == 0) {
            after.remove(claimed);
          } else {
            after.put(claimed, epoch);
          }
        });
    return replace(after);
  }

  /** All claims are known now. Returns the addresses whose epoch has changed. */
  Set<InetAddress> complete() {
    Map<InetAddress, Long> all = restarted;
    restarted = null;
    if (all == null) {
      return Set.of();
    }
    all.values().removeIf(epoch -> epoch == 0);
    known = true;
    return replace(all);
  }

  private Set<InetAddress> replace(Map<InetAddress, Long> after) {
    Set<InetAddress> changed = new HashSet<>();
    after.forEach(
        (claimed, epoch) -> {
          if (!epoch.equals(claims.get(claimed))) {
            changed.add(claimed);
          }
        });
    claims.keySet().stream().filter(before -> !after.containsKey(before)).forEach(changed::add);
    claims = Map.copyOf(after);
    return changed;
  }

  /** Whether the node claims more than this node keeps. */
  boolean isFull() {
    Map<InetAddress, Long> all = restarted;
    return claims.size() > MAX_ADDRESSES || (all != null && all.size() > MAX_ADDRESSES);
  }

  /** Whether its claims count. */
  boolean isKnown(long now) {
    return known && (connection != null || now - ended < RETENTION);
  }

  Map<InetAddress, Long> claims() {
    return claims;
  }
}
