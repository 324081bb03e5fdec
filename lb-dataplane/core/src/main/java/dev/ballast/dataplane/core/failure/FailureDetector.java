package dev.ballast.dataplane.core.failure;

import dev.ballast.dataplane.core.failure.Heartbeat.SenderState;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Suspects nodes whose heartbeats are late. Only a node that was heard before can be suspected: the
 * silence of another one may have many reasons, such as a firewall or an older version.
 *
 * <p>A process that was paused itself doubts itself first (Lifeguard, arXiv 1707.00788). While
 * nothing changes, nothing is allocated. Not thread-safe. Times are nanoseconds of one clock.
 */
public final class FailureDetector {

  /** Between two heartbeats of a node. */
  public static final Duration PERIOD = Duration.ofMillis(100);

  /** A node that refuses connections, and is silent for longer, has no process. */
  static final Duration ENDED_SILENCE = Duration.ofMillis(150);

  /** For how long refused connections count. */
  private static final Duration REFUSAL_LIFETIME = PERIOD.multipliedBy(5);

  /** A node that verifies for longer may be stuck, and another one takes over. */
  static final Duration MAX_VERIFYING = PERIOD.multipliedBy(6);

  private final Map<String, ObservedNode> nodes = new HashMap<>();

  /** The same. A loop over an array allocates nothing. */
  private ObservedNode[] all = {};

  private boolean trusting;
  private long trustUntil;
  private long version;
  private long computed = -1;
  private Set<String> suspected = Set.of();
  private Set<String> ended = Set.of();
  private Map<String, HeartbeatContent> latest = Map.of();

  private static final class ObservedNode {
    final String name;
    long incarnation;
    long sequence;

    /** Its latest word, and what that counts for: see {@link #resolved}. */
    HeartbeatContent said;

    HeartbeatContent content;

    /** When its latest heartbeat came. */
    long receivedAt;

    /** The same, later by the pauses of this process. */
    long heardAt;

    boolean suspected;
    boolean ended;
    boolean refusing;
    long refusingUntil;
    boolean verifying;
    long verifyingSince;
    final HeartbeatTimeout timeout = new HeartbeatTimeout();

    ObservedNode(String name, HeartbeatContent first) {
      this.name = name;
      this.said = first;
      this.content = first(first);
    }
  }

  /** See {@link #heard(String, long, long, HeartbeatContent, long)}. */
  public boolean heard(Heartbeat heartbeat, long now) {
    return heard(
        heartbeat.node(), heartbeat.incarnation(), heartbeat.sequence(), heartbeat.content(), now);
  }

  /**
   * Takes a heartbeat into account.
   *
   * @return false if it is an old one, which counts for nothing. After a node was suspected, an
   *     older incarnation counts: the clock of a node may go back when it restarts
   */
  public boolean heard(
      String name, long incarnation, long sequence, HeartbeatContent content, long now) {
    ObservedNode node = nodes.get(name);
    boolean otherProcess = node != null && incarnation != node.incarnation;
    boolean later =
        node != null && (otherProcess ? incarnation > node.incarnation : sequence > node.sequence);
    if (content.state() == SenderState.FAREWELL) {
      if (later) {
        retainIf(each -> !each.equals(name));
      }
      return later;
    }
    if (node == null) {
      node = new ObservedNode(name, content);
      nodes.put(name, node);
      all = nodes.values().toArray(ObservedNode[]::new);
      version++;
    } else if (!later && !(node.suspected && otherProcess)) {
      return false;
    } else if (!node.suspected && !otherProcess) {
      node.timeout.observe(now - node.heardAt);
    }
    node.refusing &= !otherProcess;
    HeartbeatContent counted = resolved(content, node, now);
    if (node.suspected || !counted.equals(node.content)) {
      version++;
    }
    node.incarnation = incarnation;
    node.sequence = sequence;
    node.said = content;
    node.content = counted;
    node.receivedAt = now;
    node.heardAt = now;
    node.suspected = false;
    node.ended = false;
    return true;
  }

  private static HeartbeatContent first(HeartbeatContent said) {
    return said.state() == SenderState.VERIFYING ? said.withState(SenderState.INELIGIBLE) : said;
  }

  /**
   * While a node verifies, it counts as before, so that a short pause moves no address. One that
   * was suspected is alive, and others may have its addresses. So it cannot own any yet.
   */
  private static HeartbeatContent resolved(HeartbeatContent said, ObservedNode node, long now) {
    boolean before = node.verifying;
    node.verifying = said.state() == SenderState.VERIFYING;
    if (!node.verifying) {
      return said;
    }
    if (!before) {
      node.verifyingSince = now;
    }
    boolean stuck = now - node.verifyingSince > MAX_VERIFYING.toNanos();
    SenderState state = node.suspected || stuck ? SenderState.INELIGIBLE : node.content.state();
    boolean same = state == node.content.state() && said.equals(node.said);
    return same ? node.content : said.withState(state);
  }

  /**
   * This process itself was paused. What was on its way meanwhile may still be unread, and the
   * others may have been paused too, as on one virtual machine host. So for a while nobody else is
   * suspected.
   */
  public void paused(long pauseNanos, long now) {
    for (ObservedNode node : all) {
      if (!node.suspected) {
        node.heardAt = Math.min(now, node.heardAt + pauseNanos);
      }
    }
    trusting = true;
    trustUntil = now + HeartbeatTimeout.MAX.toNanos();
  }

  /** Whether this process was paused just now, so that it doubts what it knows. */
  boolean isTrusting(long now) {
    trusting &= now - trustUntil < 0;
    return trusting;
  }

  /**
   * The node refuses connections. If no heartbeat follows, its process has ended. Heartbeats that
   * it sent before may still be unread. The next one of another process counts again.
   */
  public void refused(String node, long now) {
    ObservedNode observed = nodes.get(node);
    if (observed != null) {
      observed.refusing = true;
      observed.refusingUntil = now + REFUSAL_LIFETIME.toNanos();
    }
  }

  /** A pause of this process is no reason to doubt: no connection is refused because of it. */
  private void findEnded(long now) {
    for (ObservedNode node : all) {
      if (node.refusing && now - node.refusingUntil >= 0) {
        node.refusing = false;
      } else if (node.refusing && now - node.receivedAt > ENDED_SILENCE.toNanos()) {
        node.refusing = false;
        node.suspected = true;
        node.ended = true;
        version++;
      }
    }
  }

  /** The nodes whose process has ended for certain, so that they need no other witness. */
  public Set<String> ended() {
    compute();
    return ended;
  }

  /** Forgets all other nodes. */
  public void retain(Collection<String> names) {
    Set<String> retained = Set.copyOf(names);
    retainIf(retained::contains);
  }

  private void retainIf(Predicate<String> condition) {
    if (nodes.keySet().removeIf(name -> !condition.test(name))) {
      all = nodes.values().toArray(ObservedNode[]::new);
      version++;
    }
  }

  /**
   * The nodes that are silent for longer than their timeout. One whose heartbeats were transitional
   * is forgotten instead.
   */
  public Set<String> suspected(long now) {
    findEnded(now);
    if (!isTrusting(now)) {
      boolean forgotten = false;
      for (ObservedNode node : all) {
        if (!node.suspected && now - node.heardAt > node.timeout.nanos()) {
          node.suspected = true;
          forgotten |= node.content.transitional();
          version++;
        }
      }
      if (forgotten) {
        nodes.values().removeIf(node -> node.suspected && node.content.transitional());
        all = nodes.values().toArray(ObservedNode[]::new);
      }
    }
    compute();
    return suspected;
  }

  /** What the latest heartbeat of each node says that is not suspected. */
  public Map<String, HeartbeatContent> latest() {
    compute();
    return latest;
  }

  /** How long ago a node was heard that is not suspected, in nanoseconds; otherwise the maximum. */
  long silence(String name, long now) {
    ObservedNode node = nodes.get(name);
    return node == null || node.suspected ? Long.MAX_VALUE : now - node.heardAt;
  }

  /** Grows when {@link #suspected}, {@link #ended} or {@link #latest} have another value. */
  public long version() {
    return version;
  }

  private void compute() {
    if (computed == version) {
      return;
    }
    computed = version;
    Set<String> late = new HashSet<>();
    Set<String> gone = new HashSet<>();
    Map<String, HeartbeatContent> alive = new HashMap<>();
    for (ObservedNode node : all) {
      if (node.ended) {
        gone.add(node.name);
      }
      if (node.suspected) {
        late.add(node.name);
      } else {
        alive.put(node.name, node.content);
      }
    }
    suspected = late.equals(suspected) ? suspected : Set.copyOf(late);
    ended = Set.copyOf(gone);
    latest = Map.copyOf(alive);
  }
}
