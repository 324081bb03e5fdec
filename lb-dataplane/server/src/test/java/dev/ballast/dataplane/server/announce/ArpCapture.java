package dev.ballast.dataplane.server.announce;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/** Tells every ARP frame that reaches eth0, one a line; asks for an address when told to. */
final class ArpCapture {

  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW = 3;
  private static final int ETH_P_ARP_BIG_ENDIAN = 0x0608;

  public static void main(String[] args) throws Exception {
    try (RawSocket socket =
        RawSocket.open("AF_PACKET", AF_PACKET, SOCK_RAW, ETH_P_ARP_BIG_ENDIAN)) {
      System.out.println("listening");
      if (args.length > 0) {
        ask(socket, (Inet4Address) InetAddress.ofLiteral(args[0]));
      }
      while (true) {
        tell(socket);
      }
    }
  }

  /** "who has": a plain request from 198.18.200.2. */
  private static void ask(RawSocket socket, Inet4Address address) throws IOException {
    NetworkInterface eth0 = NetworkInterface.getByName("eth0");
    Inet4Address self = (Inet4Address) InetAddress.ofLiteral("198.18.200.2");
    byte[] frame = GratuitousArp.frame(GratuitousArp.REQUEST, self, eth0.getHardwareAddress());
    System.arraycopy(address.getAddress(), 0, frame, 38, 4);
    socket.send(frame, GratuitousArp.destination(eth0.getIndex()));
  }

  private static void tell(RawSocket socket) throws IOException {
    try {
      ByteBuffer frame = ByteBuffer.wrap(socket.receive(1500));
      System.out.printf(
          "op %d sender %s target %s to %s%n",
          frame.getShort(20), ip(frame, 28), ip(frame, 38), mac(frame, 0));
    } catch (ErrnoException e) {
      if (e.errno() != ErrnoException.EAGAIN) {
        throw e;
      }
    }
  }

  private static String ip(ByteBuffer frame, int at) throws IOException {
    byte[] bytes = new byte[4];
    frame.get(at, bytes);
    return InetAddress.getByAddress(bytes).getHostAddress();
  }

  private static String mac(ByteBuffer frame, int at) {
    byte[] bytes = new byte[6];
    frame.get(at, bytes);
    return HexFormat.ofDelimiter(":").formatHex(bytes);
  }

  private ArpCapture() {}
}
