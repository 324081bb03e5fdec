package dev.ballast.dataplane.server.announce;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/** Tells every Neighbor Advertisement that reaches eth0, one a line. */
final class NdpCapture {

  private static final int ETH_P_IPV6_BIG_ENDIAN = 0xdd86;

  public static void main(String[] args) throws Exception {
    try (RawSocket socket =
        RawSocket.open(
            "AF_PACKET",
            LinkLayerAddress.AF_PACKET,
            LinkLayerAddress.SOCK_RAW,
            ETH_P_IPV6_BIG_ENDIAN)) {
      System.out.println("listening");
      while (true) {
        try {
          tell(socket.receive(1500));
        } catch (ErrnoException e) {
          if (e.errno() != ErrnoException.EAGAIN) {
            throw e;
          }
        }
      }
    }
  }

  private static void tell(byte[] bytes) throws Exception {
    ByteBuffer frame = ByteBuffer.wrap(bytes);
    if (bytes.length < 78 || bytes[20] != 58 || Byte.toUnsignedInt(bytes[54]) != 136) {
      return;
    }
    System.out.printf(
        "flags %08x target %s to %s at %s hops %d checksum %x%n",
        frame.getInt(58),
        ip(bytes, 62),
        ip(bytes, 38),
        HexFormat.ofDelimiter(":").formatHex(bytes, 0, 6),
        Byte.toUnsignedInt(bytes[21]),
        NeighborAdvertisement.sum(frame));
  }

  private static String ip(byte[] bytes, int at) throws Exception {
    var address = InetAddress.getByAddress(Arrays.copyOfRange(bytes, at, at + 16));
    return ((Inet6Address) address).getHostAddress();
  }

  private NdpCapture() {}
}
