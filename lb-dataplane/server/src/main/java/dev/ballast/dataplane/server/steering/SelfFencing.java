package dev.ballast.dataplane.server.steering;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Silences this node before another one takes over its addresses. While it is armed, the node
 * answers no ARP request and no Neighbor Solicitation, and takes no new connection, when the latest
 * heartbeat is older than {@link #TIMEOUT}.
 *
 * <p>The kernel measures the time by itself: each heartbeat that passes its output hook refreshes
 * an element of a set. So a process that is stopped or starved is silent too. This class is what
 * the process itself knows. Neither covers a partition: heartbeats leave the node, and no peer
 * hears them.
 *
 * <p>Thread-safe. No call blocks or allocates.
 */
public final class SelfFencing {

  /** Shorter than what any peer waits for a heartbeat before it takes over. */
  public static final Duration TIMEOUT = Duration.ofMillis(350);

  /** The default of BALLAST_PEER_PORT. */
  public static final int DEFAULT_PEER_PORT = 7477;

  private final int peerPort;
  private final AtomicLong lapses = new AtomicLong();
  private volatile boolean armed;
  private volatile boolean isolated;

  /** Of {@link System#nanoTime}. */
  private volatile long lastHeartbeat = System.nanoTime() - TIMEOUT.toNanos();

  /**
   * @param peerPort source and destination port of heartbeats, which are UDP
   */
  public SelfFencing(int peerPort) {
    this.peerPort = peerPort;
  }

  int peerPort() {
    return peerPort;
  }

  /** To be called by {@link Steering#setFencing}. */
  void setArmed(boolean armed) {
    this.armed = armed;
  }

  /** Whether peers would take over from a silent node. */
  public boolean isArmed() {
    return armed;
  }

  /**
   * Whether this process must be silent although its heartbeats leave: this node hears nobody, so
   * that others may have taken over. Thread-safe.
   */
  public void setIsolated(boolean isolated) {
    this.isolated = isolated;
  }

  /**
   * Tells that a heartbeat has been sent to at least one peer. One thread may call it.
   *
   * @param nanoTime from before the call that sent it, of {@link System#nanoTime}
   */
  public void heartbeatSent(long nanoTime) {
    if (hasLapsed(nanoTime)) {
      lapses.incrementAndGet();
    }
    lastHeartbeat = nanoTime;
  }

  /** Whether this process must be silent now. */
  public boolean isFenced() {
    return isolated || hasLapsed(System.nanoTime());
  }

  /**
   * Whether the latest heartbeat is too old. A process that finds this before it sends a heartbeat
   * must ask its peers first, because the heartbeat ends the silence.
   */
  public boolean hasLapsed(long nanoTime) {
    return armed && nanoTime - lastHeartbeat >= TIMEOUT.toNanos();
  }

  /** How long the latest heartbeat counts yet; zero or less if it does not. */
  Duration remaining() {
    return TIMEOUT.minusNanos(System.nanoTime() - lastHeartbeat);
  }

  /** How often a heartbeat came too late, so that the node was silent. */
  public long lapses() {
    return lapses.get();
  }
}
