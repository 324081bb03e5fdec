package dev.ballast.dataplane.server.relay;

/** The engines that must carry the same connections in the same way. */
enum EngineUnderTest {
  USERSPACE {
    @Override
    Rig rig() {
      return new Rig(true);
    }
  },
  /** Into pipes and out of them as often as can be, and with fewer of them than are wanted. */
  PIPES {
    @Override
    Rig rig() {
      return new Rig(new Splicing(1, 1000, 20));
    }
  },
  /** The reference: Netty's channels, on NIO. */
  CHANNELS {
    @Override
    Rig rig() {
      return new Rig(false);
    }
  };

  abstract Rig rig();

  /** Whether a reset that follows a FIN is noticed without writing; NIO has no word for it. */
  boolean seesResetAfterFin() {
    return this != CHANNELS;
  }
}
