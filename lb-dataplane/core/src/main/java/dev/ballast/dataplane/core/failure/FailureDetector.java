package dev.ballast.dataplane.core.failure;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Suspects nodes whose heartbeats are late. Only a node that was heard before can be suspected: the
 * silence of another one may have many reasons, such as a firewall or an older version.
 *
 * <p>A process that was paused itself doubts itself first (Lifeguard, arXiv 1707.00788). Not
 * thread-safe. Times are nanoseconds of one clock.
 */
public final class FailureDetector {

  /** Between two heartbeats of a node. */
  public static final Duration PERIOD = Duration.ofMillis(100);

  /** A node that verifies for longer may be stuck, and another one takes over. */
  static final Duration MAX_VERIFYING = PERIOD.multipliedBy(6);

  private final Map<String, ObservedNode> nodes = new HashMap<>();
  private boolean trusting;
  private long trustUntil;

  private static final class ObservedNode {
    Heartbeat latest;
    long heardAt;
    boolean suspected;
    boolean ended;
    boolean verifying;
    long verifyingSince;
    final HeartbeatTimeout timeout = new HeartbeatTimeout();

    ObservedNode(Heartbeat first, long now) {
      latest = first;
      heardAt = now;
    }
  }

  /**
   * Takes a heartbeat into account.
   *
   * @return false if it is an old one, which counts for nothing. After a node was suspected, an
   *     older incarnation counts: the clock of a node may go back when it restarts
   */
  public boolean heard(Heartbeat heartbeat, long now) {
    ObservedNode node = nodes.get(heartbeat.node());
    if (heartbeat.state() == Heartbeat.SenderState.FAREWELL) {
      boolean counts = node != null && heartbeat.isAfter(node.latest);
      if (counts) {
        nodes.remove(heartbeat.node());
      }
      return counts;
    }
    if (node == null) {
      nodes.put(heartbeat.node(), new ObservedNode(first(heartbeat), now));
      return true;
    }
    boolean otherProcess = heartbeat.incarnation() != node.latest.incarnation();
    if (!heartbeat.isAfter(node.latest) && !(node.suspected && otherProcess)) {
      return false;
    }
    if (!node.suspected && !otherProcess) {
      node.timeout.observe(now - node.heardAt);
    }
    node.latest = resolved(heartbeat, node, now);
    node.heardAt = now;
    node.suspected = false;
    node.ended = false;
    return true;
  }

  private static Heartbeat first(Heartbeat heartbeat) {
    return heartbeat.state() == Heartbeat.SenderState.VERIFYING
        ? heartbeat.withState(Heartbeat.SenderState.INELIGIBLE)
        : heartbeat;
  }

  /**
   * While a node verifies, it counts as before, so that a short pause moves no address. One that
   * was suspected is alive, and others may have its addresses. So it cannot own any yet.
   */
  private static Heartbeat resolved(Heartbeat heartbeat, ObservedNode node, long now) {
    boolean before = node.verifying;
    node.verifying = heartbeat.state() == Heartbeat.SenderState.VERIFYING;
    if (!node.verifying) {
      return heartbeat;
    }
    if (!before) {
      node.verifyingSince = now;
    }
    boolean stuck = now - node.verifyingSince > MAX_VERIFYING.toNanos();
    return heartbeat.withState(
        node.suspected || stuck ? Heartbeat.SenderState.INELIGIBLE : node.latest.state());
  }

  /**
   * This process itself was paused. What was on its way meanwhile may still be unread, and the
   * others may have been paused too, as on one virtual machine host. So for a while nobody else is
   * suspected.
   */
  public void paused(long pauseNanos, long now) {
    for (ObservedNode node : nodes.values()) {
      if (!node.suspected) {
        node.heardAt = Math.min(now, node.heardAt + pauseNanos);
      }
    }
    trusting = true;
    trustUntil = now + HeartbeatTimeout.MAX.toNanos();
  }

  /**
   * The process of the node has refused connections for longer than {@link #PERIOD}, so it has
   * ended, unless a heartbeat has come meanwhile. Its next heartbeat counts again.
   */
  public void ended(String node, long now) {
    ObservedNode observed = nodes.get(node);
    if (observed != null && now - observed.heardAt > PERIOD.toNanos()) {
      observed.suspected = true;
      observed.ended = true;
    }
  }

  /** The nodes whose process has ended for certain, so that they need no other witness. */
  public Set<String> ended() {
    return nodes.entrySet().stream()
        .filter(entry -> entry.getValue().ended)
        .map(Map.Entry::getKey)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Forgets all other nodes. */
  public void retain(Collection<String> names) {
    nodes.keySet().retainAll(Set.copyOf(names));
  }

  /** The nodes that are silent for longer than their timeout. */
  public Set<String> suspected(long now) {
    trusting &= now - trustUntil < 0;
    if (!trusting) {
      nodes.values().forEach(node -> node.suspected |= now - node.heardAt > node.timeout.nanos());
    }
    return nodes.entrySet().stream()
        .filter(entry -> entry.getValue().suspected)
        .map(Map.Entry::getKey)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The latest heartbeat of each node that is not suspected. */
  public Map<String, Heartbeat> latest() {
    return nodes.entrySet().stream()
        .filter(entry -> !entry.getValue().suspected)
        .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, e -> e.getValue().latest));
  }
}
