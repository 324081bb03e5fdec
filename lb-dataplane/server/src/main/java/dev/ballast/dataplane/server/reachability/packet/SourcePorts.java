package dev.ballast.dataplane.server.reachability.packet;

/**
 * The TCP source ports of checks, so that a socket filter finds their answers. They are below the
 * ports that the kernel selects by default. A connection that this node masquerades may have one of
 * them, so that an answer must also have the right sequence number.
 */
public final class SourcePorts {

  static final int FIRST = 7456;

  /** Several, so that a check does not meet what is left of the one before. A power of two. */
  static final int COUNT = 8;

  /** Of the bits that all of them have. */
  static final int MASK = 0xffff & -COUNT;

  /** The port of a check. */
  public static int ofCheck(int number) {
    return FIRST + Math.floorMod(number, COUNT);
  }

  private SourcePorts() {}
}
