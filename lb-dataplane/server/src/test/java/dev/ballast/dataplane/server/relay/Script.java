package dev.ballast.dataplane.server.relay;

import java.util.Random;

/**
 * What the two ends of a connection do, by a random seed: the same for every engine.
 *
 * @param clientSide what the client does
 * @param backendSide what the backend does
 */
record Script(int seed, End clientSide, End backendSide) {

  enum Ending {
    /** Sends FIN after its last byte, and reads until the FIN of the other end. */
    FIN,
    /** Sends RST after its last byte, whatever the other end does. */
    RESET,
    /** Sends FIN, and RST when the other end has received it. */
    FIN_THEN_RESET
  }

  /**
   * One end.
   *
   * @param length bytes that it sends
   * @param maxWrite that it writes at once
   * @param stallsAt the byte before which it stops reading for a while
   * @param stallMillis milliseconds of that
   * @param maxRead the most that it reads at once
   * @param buffer of the socket, so that a few kB fill it; 0: the kernel's choice, or the
   *     listener's
   */
  record End(
      int length,
      int maxWrite,
      int stallsAt,
      int stallMillis,
      int maxRead,
      int buffer,
      Ending ending) {}

  static Script of(int seed, boolean resetAfterFin) {
    Random random = new Random(seed);
    End clientSide = end(random, Ending.FIN);
    End backendSide = end(random, Ending.FIN);
    return switch (random.nextInt(5)) {
      case 0 -> new Script(seed, ending(clientSide, reset(random, resetAfterFin)), backendSide);
      case 1 -> new Script(seed, clientSide, ending(backendSide, reset(random, resetAfterFin)));
      default -> new Script(seed, clientSide, backendSide);
    };
  }

  boolean endsByReset() {
    return clientSide.ending != Ending.FIN || backendSide.ending != Ending.FIN;
  }

  /** The byte at an offset of the data of one end. */
  byte at(boolean fromClient, int index) {
    int mixed = (index + seed * 7919 + (fromClient ? 0x51ED27 : 0)) * 0x9E3779B1;
    return (byte) (mixed >>> 24);
  }

  private static Ending reset(Random random, boolean resetAfterFin) {
    return resetAfterFin && random.nextBoolean() ? Ending.FIN_THEN_RESET : Ending.RESET;
  }

  private static End ending(End end, Ending ending) {
    return new End(
        end.length, end.maxWrite, end.stallsAt, end.stallMillis, end.maxRead, end.buffer, ending);
  }

  private static End end(Random random, Ending ending) {
    int length =
        switch (random.nextInt(14)) {
          case 0 -> 0;
          case 1 -> random.nextInt(200);
          case 2, 3, 4, 5, 6 -> random.nextInt(20_000);
          case 7, 8, 9 -> random.nextInt(200_000);
          // More than the kernel buffers for a reader that stalls: the relay has to stop.
          case 10 -> 4_000_000 + random.nextInt(4_000_000);
          default -> 200_000 + random.nextInt(800_000);
        };
    int most =
        length < 1000 && random.nextBoolean()
            ? 1
            : 1 << random.nextInt(length > 50_000 ? 11 : 5, 17);
    int stallsAt = random.nextBoolean() ? 0 : random.nextInt(100_000);
    int waits = random.nextInt(3) == 0 ? random.nextInt(200) : 0;
    int buffer = random.nextBoolean() ? 4096 : 0;
    return new End(length, most, stallsAt, waits, 1 << random.nextInt(8, 17), buffer, ending);
  }
}
