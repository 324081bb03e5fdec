package dev.ballast.dataplane.server.socket;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The socket address of packet(7): where a frame goes to or came from.
 *
 * <pre>
 * struct sockaddr_ll { u16 family; be16 protocol; int ifindex; u16 hatype; u8 pkttype, halen, addr[8]; }
 * </pre>
 */
final class LinkLayerAddress {

  static final int AF_PACKET = 17;
  static final int SOCK_RAW = 3;
  static final int SIZE = 20;

  private static final int PACKET_OTHERHOST = 3;

  /** An interface to send on. The hardware address is in the frame itself. */
  static byte[] of(int etherType, int interfaceIndex) {
    ByteBuffer buffer = ByteBuffer.allocate(SIZE).order(ByteOrder.nativeOrder());
    buffer.putShort((short) AF_PACKET);
    buffer.order(ByteOrder.BIG_ENDIAN).putShort((short) etherType);
    buffer.order(ByteOrder.nativeOrder()).putInt(interfaceIndex).putShort((short) 0);
    buffer.put((byte) 0).put((byte) 6);
    return buffer.array();
  }

  /** An Ethernet type as socket(2) takes it: htons(3). */
  static int bigEndian(int etherType) {
    return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
        ? etherType
        : Short.toUnsignedInt(Short.reverseBytes((short) etherType));
  }

  /** The interface that a frame came in by. */
  static int interfaceIndex(byte[] address) {
    return ByteBuffer.wrap(address).order(ByteOrder.nativeOrder()).getInt(4);
  }

  /** Whether a promiscuous interface received a frame to the MAC address of another machine. */
  static boolean isToOtherHost(byte[] address) {
    return address[10] == PACKET_OTHERHOST;
  }

  private LinkLayerAddress() {}
}
