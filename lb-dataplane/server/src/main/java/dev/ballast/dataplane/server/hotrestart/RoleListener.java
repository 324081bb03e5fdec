package dev.ballast.dataplane.server.hotrestart;

/**
 * Learns whether this process is the one that serves the node. Is called on the thread of the
 * reconciler, and may block for a moment.
 */
public interface RoleListener {

  /** This process has the node for itself, and serves soon. */
  void lockAcquired();

  /** Another process gets the node as soon as this one has let go of it. */
  default void releasing() {}

  /** Another process has the node from now on. */
  void lockReleased();

  /** Once, when this node's own Pod is being deleted: SIGTERM is on its way. */
  void terminating();

  /** This listener, and before it what else has the role of the process. */
  default RoleListener after(Runnable acquired, Runnable releasing, Runnable released) {
    RoleListener next = this;
    return new RoleListener() {
      @Override
      public void lockAcquired() {
        acquired.run();
        next.lockAcquired();
      }

      @Override
      public void releasing() {
        releasing.run();
        next.releasing();
      }

      @Override
      public void lockReleased() {
        released.run();
        next.lockReleased();
      }

      @Override
      public void terminating() {
        next.terminating();
      }
    };
  }
}
