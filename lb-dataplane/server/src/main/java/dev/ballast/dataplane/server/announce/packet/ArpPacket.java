package dev.ballast.dataplane.server.announce.packet;

import java.net.Inet4Address;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Builds ARP packets (RFC 826) in Ethernet frames: gratuitous ARP, ARP probes and requests.
 *
 * <pre>
 * ethernet { u8 destination[6], source[6]; u16 type }
 * arp      { u16 hardware, protocol; u8 hardware_len, protocol_len; u16 operation;
 *            u8 sender_mac[6], sender_ip[4], target_mac[6], target_ip[4] }   big-endian
 * </pre>
 */
public final class ArpPacket {

  public static final int ETH_P_ARP = 0x0806;
  public static final int REQUEST = 1;
  public static final int REPLY = 2;

  private static final byte[] BROADCAST = {-1, -1, -1, -1, -1, -1};
  private static final byte[] UNKNOWN = new byte[6];

  /** Tells every neighbor that the address is at this MAC address now. */
  public static byte[] gratuitous(int operation, Inet4Address address, byte[] mac) {
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

  /** Asks who has the address, without a claim to it (RFC 5227, section 2.1.1). */
  public static byte[] probe(Inet4Address address, byte[] mac) {
    byte[] frame = gratuitous(REQUEST, address, mac);
    Arrays.fill(frame, 28, 32, (byte) 0);
    return frame;
  }

  /** Asks who has the address, as a machine does that wants to talk to it. */
  public static byte[] request(Inet4Address target, Inet4Address sender, byte[] mac) {
    byte[] frame = gratuitous(REQUEST, target, mac);
    System.arraycopy(sender.getAddress(), 0, frame, 28, 4);
    return frame;
  }

  private ArpPacket() {}
}
