package dev.ballast.dataplane.server.relay.session;

/**
 * The bytes that the sessions of one worker have read and that sockets do not accept yet, because
 * their peers read slowly. Used on the worker's loop.
 */
public final class UnsentBytes {

  /** The most that one read takes when much is unsent: 87,000 slow readers fit into 700 MB. */
  static final int SMALL_READ = 8 * 1024;

  private final long limit;
  private long used;

  UnsentBytes(long limit) {
    this.limit = limit;
  }

  /** The most bytes to read at once: what is read may have to be kept. */
  public int maxRead(int capacity) {
    return used > limit / 2 ? Math.min(capacity, SMALL_READ) : capacity;
  }

  /** Returns false, and adds nothing, when there is no memory for more. */
  public boolean tryAdd(int bytes) {
    if (used + bytes > limit) {
      return false;
    }
    used += bytes;
    return true;
  }

  public void remove(int bytes) {
    used -= bytes;
  }
}
