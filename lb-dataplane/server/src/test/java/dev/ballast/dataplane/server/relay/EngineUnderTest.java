package dev.ballast.dataplane.server.relay;

/** What carries the bytes: each must carry the same connections in the same way. */
enum EngineUnderTest {
  EPOLL,
  /** The reference: Netty's channels, on NIO. */
  CHANNELS,
  /** The kernel, from the first byte on. */
  SOCKMAP,
  /** The kernel, after a few bytes. */
  SOCKMAP_LATER;

  boolean isInKernel() {
    return this == SOCKMAP || this == SOCKMAP_LATER;
  }

  /** Whether a reset is noticed without reading or writing; NIO has no word for it. */
  boolean seesReset() {
    return this != CHANNELS;
  }

  Rig rig() {
    return new Rig(
        this != CHANNELS,
        switch (this) {
          case EPOLL, CHANNELS -> InKernel.NEVER;
          case SOCKMAP -> InKernelRig.after(0);
          case SOCKMAP_LATER -> InKernelRig.after(3);
        });
  }
}
