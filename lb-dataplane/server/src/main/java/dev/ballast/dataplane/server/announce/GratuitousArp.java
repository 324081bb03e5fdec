package dev.ballast.dataplane.server.announce;

import java.net.Inet4Address;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Gratuitous ARP: Ethernet frames that tell every neighbour whose address it is now. Some listen to
 * requests only (RFC 5227, section 2.3, asks for those), some to replies only, so both are said.
 *
 * <pre>
 * ethernet { u8 destination[6], source[6]; u16 type }
 * arp      { u16 hardware, protocol; u8 hardware_len, protocol_len; u16 operation;
 *            u8 sender_mac[6], sender_ip[4], target_mac[6], target_ip[4] }   big-endian
 * </pre>
 */
final class GratuitousArp {

  static final int ETH_P_ARP = 0x0806;
  static final int REQUEST = 1;
  static final int REPLY = 2;

  private static final byte[] BROADCAST = {-1, -1, -1, -1, -1, -1};
  private static final byte[] UNKNOWN = new byte[6];

  static byte[] frame(int operation, Inet4Address address, byte[] mac) {
    byte[] ip = address.getAddress();
    return ByteBuffer.allocate(42)
        .put(BROADCAST)
        .put(mac)
        .putShort((short) ETH_P_ARP)
        .putShort((short) 1)
        .putShort((short) 0x0800)
        .put((byte) 6)
        .put((byte) 4)
        .putShort((short) operation)
        .put(mac)
        .put(ip)
        .put(operation == REQUEST ? UNKNOWN : BROADCAST)
        .put(ip)
        .array();
  }

  /** Asks who has the address without saying that anybody has (RFC 5227, section 2.1.1). */
  static byte[] probe(Inet4Address address, byte[] mac) {
    byte[] frame = frame(REQUEST, address, mac);
    Arrays.fill(frame, 28, 32, (byte) 0);
    return frame;
  }

  static byte[] destination(int interfaceIndex) {
    return LinkLayerAddress.of(ETH_P_ARP, interfaceIndex);
  }

  private GratuitousArp() {}
}
