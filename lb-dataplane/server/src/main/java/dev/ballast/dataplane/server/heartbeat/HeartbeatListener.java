package dev.ballast.dataplane.server.heartbeat;

/** Learns what the heartbeats show. It must not block. */
public interface HeartbeatListener {

  /** {@link HeartbeatExchange#liveness} has a new value. */
  void livenessChanged();

  /** A heartbeat of this node has left. */
  void sent();

  /** A heartbeat of another node has come, so long after the one before. */
  void received(long gapNanos);

  /** This process was paused, by the kernel, the hypervisor or a garbage collection. */
  void paused(long nanos);
}
