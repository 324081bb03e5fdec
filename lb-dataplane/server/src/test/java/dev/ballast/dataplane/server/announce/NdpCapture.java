package dev.ballast.dataplane.server.announce;

import dev.ballast.dataplane.server.announce.packet.NeighborAdvertisement;
import dev.ballast.dataplane.server.socket.ErrnoException;
import dev.ballast.dataplane.server.socket.PacketSocket;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/** Prints every Neighbor Advertisement that reaches an interface, one a line. */
final class NdpCapture {

  public static void main(String[] args) throws Exception {
    try (PacketSocket socket = PacketSocket.receivingIcmpv6(NeighborAdvertisement.TYPE)) {
      System.out.println("listening");
      while (true) {
        try {
          socket.awaitFrame();
          socket.receiveNow((frame, interfaceIndex) -> print(frame));
        } catch (ErrnoException e) {
          if (!e.isRetryable()) {
            throw e;
          }
        }
      }
    }
  }

  private static void print(byte[] bytes) throws IOException {
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
        NeighborAdvertisement.checksumSum(frame));
  }

  private static String ip(byte[] bytes, int at) throws IOException {
    var address = InetAddress.getByAddress(Arrays.copyOfRange(bytes, at, at + 16));
    return ((Inet6Address) address).getHostAddress();
  }

  private NdpCapture() {}
}
