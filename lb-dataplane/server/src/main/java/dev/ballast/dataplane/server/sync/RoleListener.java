package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.server.heartbeat.PeerHeartbeats;

/**
 * Learns whether this process is the one that serves the node. Is called on the thread of the
 * reconciler, and may block for a moment.
 */
public interface RoleListener {

  /** This process has the node for itself, and serves soon. */
  void lockAcquired();

  /** Another process has the node from now on. */
  void lockReleased();

  /** Once, when this node's own Pod is being deleted: SIGTERM is on its way. */
  void terminating();

  /** A listener whose heartbeats have the role of the process. */
  default RoleListener with(PeerHeartbeats heartbeats) {
    RoleListener next = this;
    return new RoleListener() {
      @Override
      public void lockAcquired() {
        heartbeats.start();
        next.lockAcquired();
      }

      @Override
      public void lockReleased() {
        heartbeats.stop();
        next.lockReleased();
      }

      @Override
      public void terminating() {
        next.terminating();
      }
    };
  }
}
