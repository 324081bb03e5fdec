package dev.ballast.dataplane.server.sockmap;

/** Two sockets that were joined: what one receives is for the other to send. */
public final class Pair {

  private final Sockmap sockmap;
  private final int slot;
  private final long[] cookies;
  private final Flow there;
  private final Flow back;
  private final boolean whole;

  Pair(Sockmap sockmap, int slot, long[] cookies, Flow there, Flow back, boolean whole) {
    this.sockmap = sockmap;
    this.slot = slot;
    this.cookies = cookies;
    this.there = there;
    this.back = back;
    this.whole = whole;
  }

  /** What the first socket receives. */
  public Flow there() {
    return there;
  }

  /** What the second socket receives. */
  public Flow back() {
    return back;
  }

  /**
   * Whether both sockets are in the kernel's hands. If not, one may be, and cannot be taken out
   * again without losing what it may hold: neither flow must be released.
   */
  public boolean isWhole() {
    return whole;
  }

  /** Call once, after both sockets were closed. */
  public void free() {
    sockmap.free(slot, cookies);
  }
}
