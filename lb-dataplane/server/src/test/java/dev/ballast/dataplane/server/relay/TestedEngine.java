package dev.ballast.dataplane.server.relay;

/** The TCP engines, which must all pass the same tests. */
enum TestedEngine {
  EPOLL,
  /** The reference: Netty channels on NIO. */
  CHANNELS;

  /** Whether it detects a reset without a read or a write; NIO reports none. */
  boolean detectsReset() {
    return this == EPOLL;
  }

  RelayFixture relay() {
    return new RelayFixture(this == EPOLL);
  }
}
