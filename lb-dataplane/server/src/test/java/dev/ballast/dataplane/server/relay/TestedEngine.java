package dev.ballast.dataplane.server.relay;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ballast.dataplane.server.announce.NetworkNamespace;

/** The TCP engines and the ways to listen, which must all pass the same tests. */
enum TestedEngine {
  EPOLL,
  /** As {@link #EPOLL}, with private listeners: in a network namespace. */
  STEERED,
  /** The reference: Netty channels on NIO. */
  CHANNELS;

  /** Whether it detects a reset without a read or a write; NIO reports none. */
  boolean detectsReset() {
    return this != CHANNELS;
  }

  RelayFixture relay() {
    assumeTrue(this != STEERED || NetworkNamespace.isRoot(), "steering needs root");
    return new RelayFixture(this);
  }
}
