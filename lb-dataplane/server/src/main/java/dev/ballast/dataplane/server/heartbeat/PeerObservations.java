package dev.ballast.dataplane.server.heartbeat;

import dev.ballast.dataplane.core.failure.DeadNodes;
import dev.ballast.dataplane.core.failure.FailureDetector;
import dev.ballast.dataplane.core.failure.Heartbeat;
import dev.ballast.dataplane.core.failure.Heartbeat.SenderState;
import dev.ballast.dataplane.core.failure.NeighborAnswers;
import java.net.InetAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/** What this process has received from the other nodes, and what follows. One thread uses it. */
final class PeerObservations {

  /** Datagrams of two periods may be on their way when a node changes its key. */
  private static final long VERIFIED_LATELY = FailureDetector.PERIOD.multipliedBy(2).toNanos();

  /** Without datagrams that cannot be verified, the keys are the same again. */
  private static final long FAULT_RETENTION = Duration.ofSeconds(10).toNanos();

  /** The witnesses of one death do not all say so at the same time. */
  private static final long MISSED_LATELY = Duration.ofSeconds(1).toNanos();

  private final String self;
  private final FailureDetector detector = new FailureDetector();
  private Map<String, InetAddress> peers = Map.of();
  private Set<InetAddress> addresses = Set.of();
  private final Map<String, Long> since = new HashMap<>();
  private final Map<String, Long> verified = new HashMap<>();
  private final Map<String, Long> notVerified = new HashMap<>();
  private final Map<String, Long> missedBy = new HashMap<>();

  private final LongConsumer gaps;

  /**
   * @param gaps gets the time between each two heartbeats of a node, in nanoseconds
   */
  PeerObservations(String self, LongConsumer gaps) {
    this.self = self;
    this.gaps = gaps;
  }

  /** Replaces the nodes that the API server knows, without this one. */
  void setPeers(Map<String, InetAddress> now, long nanoTime) {
    peers = now;
    addresses = Set.copyOf(now.values());
    now.keySet().forEach(node -> since.putIfAbsent(node, nanoTime));
    since.keySet().retainAll(now.keySet());
    verified.keySet().retainAll(now.keySet());
    notVerified.keySet().retainAll(now.keySet());
    detector.retain(now.keySet());
  }

  /** Whether the API server knows a node with this address. */
  boolean isPeer(InetAddress sender) {
    return addresses.contains(sender);
  }

  /** Forgets what was received, since this process receives nothing from now on. */
  void clear() {
    detector.retain(Set.of());
    verified.clear();
    notVerified.clear();
    missedBy.clear();
  }

  /** Returns whether it counts: it is new, and the API server knows its sender. */
  boolean heard(Heartbeat heartbeat, long nanoTime) {
    if (!peers.containsKey(heartbeat.node()) || !detector.heard(heartbeat, nanoTime)) {
      return false;
    }
    if (heartbeat.suspected().contains(self)) {
      missedBy.put(heartbeat.node(), nanoTime);
    }
    if (heartbeat.state() == SenderState.FAREWELL) {
      since.put(heartbeat.node(), nanoTime);
      verified.remove(heartbeat.node());
    } else {
      Long last = verified.put(heartbeat.node(), nanoTime);
      if (last != null) {
        gaps.accept(nanoTime - last);
      }
      notVerified.remove(heartbeat.node());
    }
    return true;
  }

  /** A datagram could not be verified. Its sender lives, so that its silence means nothing. */
  void notVerified(InetAddress sender, long nanoTime) {
    peers.forEach(
        (node, address) -> {
          Long last = verified.get(node);
          if (address.equals(sender) && (last == null || nanoTime - last > VERIFIED_LATELY)) {
            notVerified.put(node, nanoTime);
            verified.remove(node);
            Set<String> others = new HashSet<>(peers.keySet());
            others.remove(node);
            detector.retain(others);
          }
        });
  }

  void paused(long nanos, long nanoTime) {
    detector.paused(nanos, nanoTime);
  }

  void ended(String node, long nanoTime) {
    detector.ended(node, nanoTime);
  }

  Set<String> suspected(long nanoTime) {
    return detector.suspected(nanoTime);
  }

  /** Whether this node hears nobody, although it heard somebody before. */
  boolean isAlone(Set<String> suspected) {
    return !suspected.isEmpty() && detector.latest().isEmpty();
  }

  /** Whether other nodes may have taken over the addresses of this one. */
  boolean isDeadForOthers(long nanoTime) {
    missedBy.values().removeIf(last -> nanoTime - last > MISSED_LATELY);
    return DeadNodes.mayInclude(missedBy.keySet(), detector.latest().keySet());
  }

  NodeLiveness liveness(Set<String> suspected, NeighborAnswers neighbors) {
    Map<String, Heartbeat> heard = detector.latest();
    Map<SenderState, Set<String>> nodes = new EnumMap<>(SenderState.class);
    heard.forEach(
        (node, heartbeat) ->
            nodes.computeIfAbsent(heartbeat.state(), none -> new HashSet<>()).add(node));
    return new NodeLiveness(
        nodes.getOrDefault(SenderState.ELIGIBLE, Set.of()),
        nodes.getOrDefault(SenderState.INELIGIBLE, Set.of()),
        DeadNodes.of(self, peers.keySet(), suspected, detector.ended(), heard, neighbors),
        detector.ended());
  }

  /**
   * The nodes without heartbeats that should have some.
   *
   * @param dead the nodes whose silence has a reason
   */
  SortedMap<String, PeerFault> faults(Set<String> dead, long nanoTime) {
    SortedMap<String, PeerFault> faults = new TreeMap<>();
    notVerified.values().removeIf(last -> nanoTime - last > FAULT_RETENTION);
    since.forEach(
        (node, first) -> {
          if (notVerified.containsKey(node)) {
            faults.put(node, PeerFault.KEY_DIFFERS);
          } else if (!dead.contains(node)
              && nanoTime - verified.getOrDefault(node, first)
                  > HeartbeatExchange.UNHEARD.toNanos()) {
            faults.put(node, PeerFault.UNHEARD);
          }
        });
    return faults;
  }
}
