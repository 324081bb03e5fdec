package dev.ballast.dataplane.server.heartbeat;

/** Learns what the heartbeats show. It must not block. */
public interface HeartbeatListener {

  /** {@link HeartbeatExchange#liveness} has a new value. */
  void livenessChanged();

  /**
   * A heartbeat of this node is about to leave.
   *
   * @return false if this process was silent for so long that others may have taken over, and has
   *     to find that out before it speaks again. The heartbeat says so, and does not end the
   *     silence
   */
  boolean mayPublish(long nanoTime);

  /**
   * A heartbeat of this node has left.
   *
   * @param nanoTime from before it was sent
   */
  void published(long nanoTime);

  /**
   * Other nodes have missed the heartbeats of this one, which may not know that it was suspended.
   * They may have taken over. It is called once until they receive heartbeats again.
   */
  void missed();

  /**
   * This node hears nobody, and its gateway has not answered: its own network may be down. It has
   * to be silent.
   */
  void isolated();

  /** The gateway has answered at once: the network of this node works, and others have failed. */
  void connected();

  /** The network of this node works again. It has to find out whether others have taken over. */
  void reconnected();

  /** A heartbeat of another node has come, so long after the one before. */
  void received(long gapNanos);

  /** This process was paused, by the kernel, the hypervisor or a garbage collection. */
  void paused(long nanos);
}
