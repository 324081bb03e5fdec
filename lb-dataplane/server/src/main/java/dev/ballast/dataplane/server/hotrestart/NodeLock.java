package dev.ballast.dataplane.server.hotrestart;

import io.netty.channel.EventLoop;

/**
 * The lock of a node: the process that holds it serves, and no other one. It is free as soon as its
 * holder has ended, however it ends. Thread-safe, and no call blocks. See
 * docs/contributing/adr/0021.
 */
public interface NodeLock extends AutoCloseable {

  /** For a process that shares its node with no other one. */
  static NodeLock unshared() {
    return new UnsharedNodeLock();
  }

  /**
   * An abstract socket of unix(7). The network namespace of the node has one socket of a name.
   *
   * @param loop which runs all of it
   */
  static NodeLock unixSocket(EventLoop loop) {
    return new UnixNodeLock(loop);
  }

  /**
   * Takes the lock as soon as it is free. Until then, waits for it.
   *
   * @param onChange called when {@link #isHeld} or {@link #isWanted} becomes true. Must not block.
   */
  void acquire(Runnable onChange);

  /** Asks the holder to release the lock, since this process is ready to serve. */
  void want();

  boolean isHeld();

  /** Whether another process is ready to serve. */
  boolean isWanted();

  /** Whether another process waits for the lock, and this one holds it. */
  boolean isAwaited();

  /** Hands the lock over to the process that wants it, and waits until that one has ended. */
  void release();

  /** Releases the lock, and does not wait for it any more. */
  @Override
  void close();
}
