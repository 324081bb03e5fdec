package dev.ballast.dataplane.server.relay;

/** What carries the bytes: each must carry the same connections in the same way. */
enum TestedEngine {
  EPOLL,
  /** The reference: Netty's channels, on NIO. */
  CHANNELS;

  /** Whether a reset is noticed without reading or writing; NIO has no word for it. */
  boolean detectsReset() {
    return this == EPOLL;
  }

  RelayFixture relay() {
    return new RelayFixture(this == EPOLL);
  }
}
