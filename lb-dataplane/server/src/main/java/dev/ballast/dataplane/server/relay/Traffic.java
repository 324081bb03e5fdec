package dev.ballast.dataplane.server.relay;

import java.util.concurrent.atomic.LongAdder;

/** What went through one frontend. Any thread may add, and reading is for scrapes. */
final class Traffic {

  private final LongAdder accepted = new LongAdder();
  private final LongAdder ended = new LongAdder();
  private final LongAdder connectFailures = new LongAdder();
  private final LongAdder evicted = new LongAdder();
  private final LongAdder denied = new LongAdder();
  private final LongAdder bytesToBackends = new LongAdder();
  private final LongAdder bytesToClients = new LongAdder();

  void accepted() {
    accepted.increment();
  }

  void ended() {
    ended.increment();
  }

  void connectFailed() {
    connectFailures.increment();
  }

  /** Somebody came from where nobody may come from. */
  void denied() {
    denied.increment();
  }

  LongAdder bytesToBackends() {
    return bytesToBackends;
  }

  LongAdder bytesToClients() {
    return bytesToClients;
  }

  long connections() {
    return accepted.sum();
  }

  long active() {
    long over = ended.sum();
    return accepted.sum() - over;
  }

  /** A flow gave way to a new one. */
  void evicted() {
    evicted.increment();
  }

  long evictions() {
    return evicted.sum();
  }

  long denials() {
    return denied.sum();
  }

  long connectFailures() {
    return connectFailures.sum();
  }
}
