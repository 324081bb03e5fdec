package dev.ballast.dataplane.server.netlink;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;

/**
 * Attributes of a netlink message, {@code struct nlattr { u16 len; u16 type; }} and a value, padded
 * to 4 bytes.
 */
public final class NetlinkAttributes {

  private static final int HEADER = 4;
  private static final int NESTED = 0x8000;
  private static final int TYPE_MASK = 0x3fff;

  private byte[] bytes = new byte[64];
  private int size;

  /** Attributes that the kernel has sent. */
  public static NetlinkAttributes of(ByteBuffer received) {
    var attributes = new NetlinkAttributes();
    attributes.bytes = new byte[received.remaining()];
    received.get(received.position(), attributes.bytes);
    attributes.size = attributes.bytes.length;
    return attributes;
  }

  /** A string, with the NUL at its end. */
  public NetlinkAttributes text(int type, String value) {
    byte[] text = value.getBytes(UTF_8);
    return bytes(type, Arrays.copyOf(text, text.length + 1));
  }

  /** A u32 in network byte order. */
  public NetlinkAttributes bigEndian(int type, int value) {
    return bytes(type, ByteBuffer.allocate(4).putInt(value).array());
  }

  public NetlinkAttributes bytes(int type, byte[] value) {
    return put(type, value, value.length);
  }

  /** An attribute whose value is other attributes. */
  public NetlinkAttributes nested(int type, NetlinkAttributes inner) {
    return put(type | NESTED, inner.bytes, inner.size);
  }

  private NetlinkAttributes put(int type, byte[] value, int length) {
    if (HEADER + length > 0xffff) {
      throw new IllegalArgumentException("attribute %d of %d bytes".formatted(type, length));
    }
    int end = size + HEADER + ((length + 3) & ~3);
    if (end > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(end, 2 * bytes.length));
    }
    ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).position(size);
    header.putShort((short) (HEADER + length)).putShort((short) type).put(value, 0, length);
    size = end;
    return this;
  }

  /** The size of all attributes in bytes. */
  public int size() {
    return size;
  }

  public byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  /** The value of the first attribute of this type, in the byte order of the machine. */
  public Optional<ByteBuffer> find(int type) {
    return find(ByteBuffer.wrap(bytes, 0, size).order(ByteOrder.nativeOrder()), type);
  }

  /** A copy of a value, which stays as it is. */
  public static byte[] bytes(ByteBuffer value) {
    byte[] bytes = new byte[value.remaining()];
    value.get(value.position(), bytes);
    return bytes;
  }

  /** The string that ends at a NUL or at the end of a value. */
  public static String text(ByteBuffer value) {
    byte[] text = bytes(value);
    int end = 0;
    while (end < text.length && text[end] != 0) {
      end++;
    }
    return new String(text, 0, end, UTF_8);
  }

  /**
   * The value of the first attribute of this type among those from the position of {@code
   * attributes} on; in the byte order of the machine.
   */
  public static Optional<ByteBuffer> find(ByteBuffer attributes, int type) {
    for (int at = attributes.position(); at + HEADER <= attributes.limit(); ) {
      int length = Short.toUnsignedInt(attributes.getShort(at));
      if (length < HEADER || at + length > attributes.limit()) {
        return Optional.empty();
      }
      if ((attributes.getShort(at + 2) & TYPE_MASK) == type) {
        return Optional.of(
            attributes.slice(at + HEADER, length - HEADER).order(ByteOrder.nativeOrder()));
      }
      at += (length + 3) & ~3;
    }
    return Optional.empty();
  }
}
