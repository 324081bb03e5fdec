package dev.ballast.dataplane.server.relay.backend;

import java.util.concurrent.atomic.LongAdder;

/** Counts the connections and bytes of one frontend. Any thread may add; scrapes read. */
public final class TrafficCounters {

  private final LongAdder accepted = new LongAdder();
  private final LongAdder ended = new LongAdder();
  private final LongAdder connectFailures = new LongAdder();
  private final LongAdder evicted = new LongAdder();
  private final LongAdder denied = new LongAdder();
  private final LongAdder bytesToBackends = new LongAdder();
  private final LongAdder bytesToClients = new LongAdder();

  public void connectionAccepted() {
    accepted.increment();
  }

  public void connectionEnded() {
    ended.increment();
  }

  public void connectFailed() {
    connectFailures.increment();
  }

  /** The source ranges did not allow a connection or a datagram. */
  public void connectionDenied() {
    denied.increment();
  }

  public LongAdder bytesToBackends() {
    return bytesToBackends;
  }

  public LongAdder bytesToClients() {
    return bytesToClients;
  }

  public long connections() {
    return accepted.sum();
  }

  public long active() {
    long over = ended.sum();
    return accepted.sum() - over;
  }

  /** A UDP flow was ended to make room for a new one. */
  public void flowEvicted() {
    evicted.increment();
  }

  public long evictions() {
    return evicted.sum();
  }

  public long denials() {
    return denied.sum();
  }

  public long connectFailures() {
    return connectFailures.sum();
  }
}
