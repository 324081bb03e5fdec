package dev.ballast.dataplane.server.nftables;

/**
 * The type of a set's keys or values. The kernel only knows the length. The number is for programs
 * that show the set: those of {@code nft describe}.
 *
 * @param number 6 bits; of a concatenation, those of all its types
 * @param length in bytes; each part of a concatenation is padded to 4 bytes
 */
public record NftablesType(int number, int length, ByteOrderOfType byteOrder) {

  /** As the nft program numbers it. */
  enum ByteOrderOfType {
    /** A concatenation. */
    MIXED(0),
    HOST(1),
    NETWORK(2);

    private final int number;

    ByteOrderOfType(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }
  }

  public static final NftablesType IPV4_ADDR = new NftablesType(7, 4, ByteOrderOfType.NETWORK);
  public static final NftablesType IPV6_ADDR = new NftablesType(8, 16, ByteOrderOfType.NETWORK);
  public static final NftablesType INET_PROTO = new NftablesType(12, 1, ByteOrderOfType.NETWORK);
  public static final NftablesType INET_SERVICE = new NftablesType(13, 2, ByteOrderOfType.NETWORK);
  public static final NftablesType MARK = new NftablesType(19, 4, ByteOrderOfType.HOST);
  public static final NftablesType IFACE_INDEX = new NftablesType(20, 4, ByteOrderOfType.HOST);

  /** {@code a . b}. */
  public static NftablesType concatenation(NftablesType... parts) {
    int number = 0;
    int length = 0;
    for (NftablesType part : parts) {
      number = number << 6 | part.number;
      length += (part.length + 3) & ~3;
    }
    return new NftablesType(number, length, ByteOrderOfType.MIXED);
  }
}
