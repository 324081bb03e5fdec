package dev.ballast.dataplane.server.heartbeat;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;

/**
 * Exchanges heartbeats with the other nodes, and tells which of them live. Thread-safe, and no
 * method waits for the network.
 */
public interface HeartbeatExchange extends AutoCloseable {

  /** After this time without a heartbeat, something prevents the heartbeats of a node. */
  Duration UNHEARD = Duration.ofSeconds(10);

  /** Exchanges nothing: what the API server says counts. */
  static HeartbeatExchange none() {
    return new NoHeartbeats();
  }

  /**
   * Exchanges datagrams, as soon as it is {@linkplain #start started} and has a key.
   *
   * @param listener called on a thread of the exchange, which it must not block
   */
  static HeartbeatExchange udp(
      HeartbeatSettings settings, NeighborProbe neighbors, HeartbeatListener listener) {
    return UdpHeartbeats.create(settings, neighbors, listener);
  }

  /**
   * The other nodes with a data plane, whether they are ready or not, and the address of each. In a
   * large cluster, this node sends to its neighbors only.
   */
  void setPeers(Map<String, InetAddress> peers);

  /** Replaces the keys. Without a key, nothing is sent, and nothing is known. */
  void setKeys(HeartbeatKeys keys);

  /** Whether this node can own addresses. */
  void setEligible(boolean eligible);

  /** This process serves the node from now on. */
  void start();

  /** Another process of this node sends heartbeats from now on, or none does: says farewell. */
  void stop();

  /** The node refuses connections. If it is silent too, its process has ended. */
  void ended(String node);

  /** What is known about the other nodes now. */
  NodeLiveness liveness();

  /** The nodes without heartbeats that should have some, sorted by name. */
  SortedMap<String, PeerFault> faults();

  @Override
  void close();

  /** For a process that knows its peers in another way. */
  record NoHeartbeats() implements HeartbeatExchange {

    @Override
    public void setPeers(Map<String, InetAddress> peers) {}

    @Override
    public void setKeys(HeartbeatKeys keys) {}

    @Override
    public void setEligible(boolean eligible) {}

    @Override
    public void start() {}

    @Override
    public void stop() {}

    @Override
    public void ended(String node) {}

    @Override
    public NodeLiveness liveness() {
      return NodeLiveness.UNKNOWN;
    }

    @Override
    public SortedMap<String, PeerFault> faults() {
      return Collections.emptySortedMap();
    }

    @Override
    public void close() {}
  }
}
