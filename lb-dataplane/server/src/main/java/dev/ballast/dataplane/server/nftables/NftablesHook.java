package dev.ballast.dataplane.server.nftables;

/**
 * Where the kernel calls a base chain.
 *
 * @param number of the hook, by the family of the table
 * @param priority among the base chains of the hook; the lowest is called first
 */
public record NftablesHook(int number, int priority) {

  /** Before connection tracking. */
  public static final int RAW = -300;

  /**
   * Before all other base chains, and also before hooks of the kernel with this priority that are
   * older.
   */
  public static final int FIRST = Integer.MIN_VALUE;

  public static final int FILTER = 0;

  /** After all other base chains. */
  public static final int LAST = Integer.MAX_VALUE;

  public static NftablesHook prerouting(int priority) {
    return new NftablesHook(0, priority);
  }

  /** Packets to a socket of this node. */
  public static NftablesHook input(int priority) {
    return new NftablesHook(1, priority);
  }

  /** Packets that a process of this node sends. */
  public static NftablesHook output(int priority) {
    return new NftablesHook(3, priority);
  }

  public static NftablesHook arpInput() {
    return new NftablesHook(0, FILTER);
  }

  public static NftablesHook arpOutput() {
    return new NftablesHook(1, FILTER);
  }
}
