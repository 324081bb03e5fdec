package dev.ballast.dataplane.server.reachability.packet;

import dev.ballast.dataplane.server.announce.packet.InternetChecksum;
import java.net.Inet6Address;
import java.nio.ByteBuffer;

/**
 * Builds TCP segments without data (RFC 9293) in IPv4 or IPv6 packets and Ethernet frames.
 *
 * <pre>
 * ethernet { u8 destination[6], source[6]; u16 type }
 * ipv4     { u8 version_and_length, tos; u16 length, id, fragment; u8 ttl, protocol; u16 checksum;
 *            u8 source[4], destination[4] }
 * ipv6     { u32 version; u16 length; u8 next, hop_limit, source[16], destination[16] }
 * tcp      { u16 source, destination; u32 sequence, acknowledgment; u8 header_length, flags;
 *            u16 window, checksum, urgent }                                     big-endian
 * </pre>
 */
public final class TcpFrame {

  static final int ETH_P_IP = 0x0800;
  static final int ETH_P_IPV6 = 0x86dd;
  static final int TCP = 6;

  /** IPv4, with a header of 20 bytes. */
  static final int VERSION_4 = 0x45;

  /** Of the IP header in a frame. */
  static final int IP = 14;

  static final int IPV4_LENGTH = 20;
  static final int IPV6_LENGTH = 40;

  static final int SYN = 0x02;
  static final int RST = 0x04;
  static final int ACK = 0x10;

  private static final int TCP_LENGTH = 20;
  private static final int CHECKSUM = 16;
  private static final int DO_NOT_FRAGMENT = 0x4000;
  private static final byte HOP_LIMIT = 64;
  private static final int WINDOW = 64240;
  private static final byte MAXIMUM_SEGMENT_SIZE = 2;
  private static final int MTU = 1500;

  /** Opens a connection. */
  public static byte[] syn(
      TcpConnection connection, int sequence, byte[] sourceMac, byte[] destinationMac) {
    int segmentSize = MTU - ipLength(connection) - TCP_LENGTH;
    byte[] option = {MAXIMUM_SEGMENT_SIZE, 4, (byte) (segmentSize >>> 8), (byte) segmentSize};
    return frame(connection, sequence, SYN, WINDOW, option, sourceMac, destinationMac);
  }

  /** Ends a connection at once, also one that is not established yet. */
  public static byte[] reset(
      TcpConnection connection, int sequence, byte[] sourceMac, byte[] destinationMac) {
    return frame(connection, sequence, RST, 0, new byte[0], sourceMac, destinationMac);
  }

  private static byte[] frame(
      TcpConnection connection,
      int sequence,
      int flags,
      int window,
      byte[] options,
      byte[] sourceMac,
      byte[] destinationMac) {
    int tcpLength = TCP_LENGTH + options.length;
    int tcp = IP + ipLength(connection);
    ByteBuffer frame = ByteBuffer.allocate(tcp + tcpLength).put(destinationMac).put(sourceMac);
    if (isIpv6(connection)) {
      putIpv6(frame, connection, tcpLength);
    } else {
      putIpv4(frame, connection, tcpLength);
    }
    frame
        .putShort((short) connection.localPort())
        .putShort((short) connection.remotePort())
        .putInt(sequence)
        .putInt(0)
        .put((byte) ((tcpLength / 4) << 4))
        .put((byte) flags)
        .putShort((short) window)
        .putInt(0)
        .put(options);
    // The pseudo-header has the addresses, which are the end of both IP headers.
    int addresses = 2 * connection.localAddress().getAddress().length;
    frame.putShort(
        tcp + CHECKSUM,
        InternetChecksum.of(frame, tcp - addresses, frame.limit(), TCP + tcpLength));
    return frame.array();
  }

  private static void putIpv4(ByteBuffer frame, TcpConnection connection, int tcpLength) {
    frame
        .putShort((short) ETH_P_IP)
        .put((byte) VERSION_4)
        .put((byte) 0)
        .putShort((short) (IPV4_LENGTH + tcpLength))
        .putShort((short) 0)
        .putShort((short) DO_NOT_FRAGMENT)
        .put(HOP_LIMIT)
        .put((byte) TCP)
        .putShort((short) 0)
        .put(connection.localAddress().getAddress())
        .put(connection.remoteAddress().getAddress());
    frame.putShort(IP + 10, InternetChecksum.of(frame, IP, IP + IPV4_LENGTH, 0));
  }

  private static void putIpv6(ByteBuffer frame, TcpConnection connection, int tcpLength) {
    frame
        .putShort((short) ETH_P_IPV6)
        .putInt(6 << 28)
        .putShort((short) tcpLength)
        .put((byte) TCP)
        .put(HOP_LIMIT)
        .put(connection.localAddress().getAddress())
        .put(connection.remoteAddress().getAddress());
  }

  private static int ipLength(TcpConnection connection) {
    return isIpv6(connection) ? IPV6_LENGTH : IPV4_LENGTH;
  }

  private static boolean isIpv6(TcpConnection connection) {
    return connection.remoteAddress() instanceof Inet6Address;
  }

  private TcpFrame() {}
}
