package dev.ballast.dataplane.server.sockmap;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * One direction of a pair. Its bytes go through the kernel ({@link Verdict}) or, from time to time,
 * through user space:
 *
 * <pre>
 *                       the other socket has no room
 *          ┌────────┐ ────────────────────────────────▶ ┌──────┐  held pieces are read, and sent
 *          │ kernel │                                   │ held │  once all that was redirected
 *          └────────┘ ◀──────────────────────────────── └──────┘  before is {@link #settled()}
 *                        {@link #release()}: all is sent
 * </pre>
 *
 * Both sides count and neither waits: the program holds as long as what it has held is not what
 * user space has released. Belongs to one thread, and to the program.
 */
public final class Flow {

  static final int SIZE = 64;

  // Written by the program.
  static final int HELD = 0;
  static final int REDIRECTED = 8;
  static final int HOLDING = 16;
  static final int BASE = 20;
  static final int SINCE = 24;
  // Written by user space.
  static final int RELEASED = 32;

  /** No count of bytes: held until released for the first time. */
  private static final long NEVER = -1;

  private static final VarHandle COUNT = JAVA_LONG.varHandle();

  private final Kernel kernel;
  private final MemorySegment state;
  private final int destination;
  private final long begin;
  private long read;
  private long sent;
  private boolean settled;
  private long counted;

  /**
   * @param state of this flow, shared with the program
   * @param destination the descriptor of the socket that this flow goes to; all that was written to
   *     it must be there
   */
  Flow(Kernel kernel, MemorySegment state, int destination) throws KernelRefusal {
    this.kernel = kernel;
    this.state = state;
    this.destination = destination;
    this.begin = kernel.taken(destination);
    state.fill((byte) 0);
    state.set(JAVA_INT, HOLDING, 1);
    COUNT.setRelease(state, (long) RELEASED, NEVER);
  }

  /** Whether user space is to read; if not, the kernel does everything. */
  public boolean isHeld() {
    return held() != (long) COUNT.getAcquire(state, (long) RELEASED);
  }

  /** User space has read so many held bytes. */
  public void read(int bytes) {
    read += bytes;
  }

  /**
   * Whether something that was held cannot be read yet. It comes, but not before what the kernel
   * still sends the other way; until then the socket may tell its end too early.
   */
  public boolean hasUnread() {
    return held() > read; // a socket that was not taken into the kernel has nothing held
  }

  /**
   * Whether all that was redirected has reached the destination, or never will since that is
   * closed: before that, nothing may be written to it, nor its end. To be asked only when nothing
   * is redirected any more: when something was held, or FIN was read.
   */
  public boolean settled() throws KernelRefusal {
    if (!settled) {
      long taken = kernel.taken(destination);
      settled = taken < 0 || taken - begin == redirected() + sent;
    }
    return settled;
  }

  /** The destination has taken every byte that was read: the kernel may go on. */
  public void release() {
    sent = read;
    settled = false;
    COUNT.setRelease(state, (long) RELEASED, read);
  }

  /** Bytes that were redirected since this was called last. */
  public long countRedirected() {
    long now = redirected();
    long more = now - counted;
    counted = now;
    return more;
  }

  private long held() {
    return (long) COUNT.getAcquire(state, (long) HELD);
  }

  private long redirected() {
    return (long) COUNT.getAcquire(state, (long) REDIRECTED);
  }
}
