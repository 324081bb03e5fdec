package dev.ballast.dataplane.server.socket;

/**
 * A condition that a frame has to fulfill: the value of a field. A frame that ends before the field
 * does not fulfill it.
 *
 * @param size in bytes: 1 or 2
 * @param mask the bits that count
 */
public record FieldMatch(int offset, int size, int mask, int value) {

  /** The byte has this value. */
  public static FieldMatch ofByte(int offset, int value) {
    return new FieldMatch(offset, 1, 0xff, value);
  }

  /** The big-endian number of 16 bits has this value. */
  public static FieldMatch ofShort(int offset, int value) {
    return new FieldMatch(offset, 2, 0xffff, value);
  }

  /** The same for some of the bits. */
  public FieldMatch masked(int bits) {
    return new FieldMatch(offset, size, bits, value);
  }

  /** Whether the frame fulfills it. */
  public boolean accepts(byte[] frame) {
    if (frame.length < offset + size) {
      return false;
    }
    int field = Byte.toUnsignedInt(frame[offset]);
    if (size == 2) {
      field = (field << 8) | Byte.toUnsignedInt(frame[offset + 1]);
    }
    return (field & mask) == value;
  }
}
