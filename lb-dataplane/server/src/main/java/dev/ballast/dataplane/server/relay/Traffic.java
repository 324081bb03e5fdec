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
  private final LongAdder joined = new LongAdder();
  private final LongAdder bytesInKernel = new LongAdder();

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

  /** A connection was handed to the kernel. */
  void joined() {
    joined.increment();
  }

  long joins() {
    return joined.sum();
  }

  /** Those of all bytes, either way, that user space has not seen. */
  LongAdder bytesInKernel() {
    return bytesInKernel;
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
