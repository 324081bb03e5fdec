package dev.ballast.dataplane.server.heartbeat;

import dev.ballast.dataplane.core.failure.DeadNodes;
import dev.ballast.dataplane.core.failure.FailureDetector;
import dev.ballast.dataplane.core.failure.Heartbeat.SenderState;
import dev.ballast.dataplane.core.failure.HeartbeatContent;
import dev.ballast.dataplane.core.failure.HeartbeatProtocol;
import dev.ballast.dataplane.core.failure.NeighborAnswers;
import dev.ballast.dataplane.server.heartbeat.HeartbeatCodec.DecodeResult;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/**
 * What this process has received from the other nodes, and what follows. While nothing changes,
 * nothing is allocated. One thread uses it.
 */
final class PeerObservations {

  /** Datagrams of two periods may be on their way when a node changes its key. */
  private static final long VERIFIED_LATELY = FailureDetector.PERIOD.multipliedBy(2).toNanos();

  /** Without datagrams that cannot be verified, the keys are the same again. */
  private static final long FAULT_RETENTION = Duration.ofSeconds(10).toNanos();

  /** Faults take seconds. */
  private static final long FAULT_INTERVAL = Duration.ofSeconds(1).toNanos();

  /** The witnesses of one death do not all say so at the same time. */
  private static final long MISSED_LATELY = Duration.ofSeconds(1).toNanos();

  private final String self;

  private final HeartbeatProtocol protocol;
  private final LongConsumer gaps;
  private final Map<String, ObservedPeer> peers = new HashMap<>();
  private Set<InetAddress> addresses = Set.of();
  private NodeLiveness liveness = NodeLiveness.UNKNOWN;
  private NeighborAnswers answers = NeighborAnswers.NONE;
  private long computed = -1;
  private SortedMap<String, PeerFault> faults = Collections.emptySortedMap();

  /** Whether any of the peers has. */
  private boolean missed;

  private long nextFaults = Long.MIN_VALUE;

  private static final class ObservedPeer {
    final InetAddress address;
    long since;
    boolean verified;
    long verifiedAt;
    boolean notVerified;
    long notVerifiedAt;

    /** Whether it has said lately that it has missed this node. */
    boolean missed;

    long missedAt;

    ObservedPeer(InetAddress address, long since) {
      this.address = address;
      this.since = since;
    }
  }

  /**
   * @param gaps gets the time between each two heartbeats of a node, in nanoseconds
   */
  PeerObservations(String self, LongConsumer gaps) {
    this.self = self;
    this.protocol = new HeartbeatProtocol(self);
    this.gaps = gaps;
  }

  /** Replaces the nodes that the API server knows, without this one. */
  void setPeers(Map<String, InetAddress> now, long nanoTime) {
    addresses = Set.copyOf(now.values());
    Set<String> former = protocol.neighbors();
    protocol.setMembers(now.keySet(), nanoTime);
    peers.keySet().retainAll(now.keySet());
    now.forEach(
        (node, address) -> {
          ObservedPeer before = peers.get(node);
          if (before == null || !before.address.equals(address)) {
            ObservedPeer peer = new ObservedPeer(address, nanoTime);
            peers.put(node, peer);
          } else if (protocol.isNeighbor(node) && !former.contains(node)) {
            before.since = nanoTime;
          }
        });
    computed = -1;
  }

  /** Who gets which heartbeats. */
  HeartbeatProtocol protocol() {
    return protocol;
  }

  /** Whether the API server knows a node with this address. */
  boolean isPeer(InetAddress sender) {
    return addresses.contains(sender);
  }

  /** Forgets what was received, since this process receives nothing from now on. */
  void clear() {
    protocol.clear();
    missed = false;
    peers
        .values()
        .forEach(
            peer -> {
              peer.verified = false;
              peer.notVerified = false;
              peer.missed = false;
            });
  }

  /** Takes a heartbeat into account, if it is new, and the API server knows its sender. */
  void heard(DecodeResult.Decoded heartbeat, long now) {
    HeartbeatContent content = heartbeat.content();
    ObservedPeer peer = peers.get(heartbeat.node());
    if (peer == null
        || !protocol.heard(
            heartbeat.node(), heartbeat.incarnation(), heartbeat.sequence(), content, now)) {
      return;
    }
    if (content.hasMissed(self)) {
      missed = true;
      peer.missed = true;
      peer.missedAt = now;
    }
    if (content.state() == SenderState.FAREWELL) {
      peer.since = now;
      peer.verified = false;
      return;
    }
    if (peer.verified) {
      gaps.accept(now - peer.verifiedAt);
    }
    peer.verified = true;
    peer.verifiedAt = now;
    peer.notVerified = false;
  }

  /** A datagram could not be verified. Its sender lives, so that its silence means nothing. */
  void notVerified(InetAddress sender, long now) {
    peers.forEach(
        (node, peer) -> {
          if (peer.address.equals(sender)
              && (!peer.verified || now - peer.verifiedAt > VERIFIED_LATELY)) {
            peer.notVerified = true;
            peer.notVerifiedAt = now;
            peer.verified = false;
            protocol.forget(node);
          }
        });
  }

  /** Whether this node hears nobody, although it heard somebody before. */
  boolean isAlone(Set<String> suspected) {
    return !suspected.isEmpty() && protocol.latest().isEmpty();
  }

  /** Whether other nodes may have taken over the addresses of this one. */
  boolean isDeadForOthers(long now) {
    if (!missed) {
      return false;
    }
    Set<String> witnesses = new HashSet<>();
    peers.forEach(
        (node, peer) -> {
          peer.missed &= now - peer.missedAt <= MISSED_LATELY;
          if (peer.missed) {
            witnesses.add(node);
          }
        });
    missed = !witnesses.isEmpty();
    return DeadNodes.mayInclude(witnesses, protocol.latest().keySet());
  }

  NodeLiveness liveness(NeighborAnswers latest, long now) {
    if (computed != protocol.version() || protocol.isObserving() || !answers.equals(latest)) {
      computed = protocol.version();
      answers = latest;
      NodeLiveness next = compute(now);
      liveness = next.equals(liveness) ? liveness : next;
    }
    return liveness;
  }

  private NodeLiveness compute(long now) {
    Set<String> dead = protocol.dead(answers, now);
    Map<SenderState, Set<String>> nodes = new EnumMap<>(SenderState.class);
    protocol
        .latest()
        .forEach(
            (node, content) ->
                nodes.computeIfAbsent(content.state(), none -> new HashSet<>()).add(node));
    return new NodeLiveness(
        nodes.getOrDefault(SenderState.ELIGIBLE, Set.of()),
        nodes.getOrDefault(SenderState.INELIGIBLE, Set.of()),
        dead,
        protocol.ended(dead));
  }

  /**
   * The neighbors without heartbeats that should have some.
   *
   * @param dead the nodes whose silence has a reason
   */
  SortedMap<String, PeerFault> faults(Set<String> dead, long now) {
    if (nextFaults == Long.MIN_VALUE || now - nextFaults >= 0) {
      nextFaults = now + FAULT_INTERVAL;
      SortedMap<String, PeerFault> found = new TreeMap<>();
      peers.forEach((node, peer) -> addFault(node, peer, dead, now, found));
      faults = found;
    }
    return faults;
  }

  private void addFault(
      String node, ObservedPeer peer, Set<String> dead, long now, Map<String, PeerFault> to) {
    peer.notVerified &= now - peer.notVerifiedAt <= FAULT_RETENTION;
    long last = peer.verified ? peer.verifiedAt : peer.since;
    if (peer.notVerified) {
      to.put(node, PeerFault.KEY_DIFFERS);
    } else if (protocol.isNeighbor(node)
        && !dead.contains(node)
        && now - last > HeartbeatExchange.UNHEARD.toNanos()) {
      to.put(node, PeerFault.UNHEARD);
    }
  }
}
