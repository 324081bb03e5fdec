package dev.ballast.dataplane.server.announce;

import dev.ballast.dataplane.server.announce.packet.ArpPacket;
import dev.ballast.dataplane.server.socket.ErrnoException;
import dev.ballast.dataplane.server.socket.PacketSocket;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/** Prints every ARP frame that reaches an interface, one a line; first asks for an address. */
final class ArpCapture {

  public static void main(String[] args) throws Exception {
    try (PacketSocket socket = PacketSocket.receiving(ArpPacket.ETH_P_ARP)) {
      System.out.println("listening");
      if (args.length > 0) {
        request(socket, (Inet4Address) InetAddress.ofLiteral(args[0]), args.length > 1);
      }
      while (true) {
        receive(socket);
      }
    }
  }

  /** "who has": a plain request from 198.18.200.2, or a probe from 0.0.0.0. */
  private static void request(PacketSocket socket, Inet4Address address, boolean probe)
      throws IOException {
    NetworkInterface eth0 = NetworkInterface.getByName("eth0");
    Inet4Address self = (Inet4Address) InetAddress.ofLiteral(probe ? "0.0.0.0" : "198.18.200.2");
    byte[] frame = ArpPacket.gratuitous(ArpPacket.REQUEST, self, eth0.getHardwareAddress());
    System.arraycopy(address.getAddress(), 0, frame, 38, 4);
    socket.send(frame, eth0.getIndex());
  }

  private static void receive(PacketSocket socket) throws IOException {
    try {
      socket.awaitFrame();
      socket.receiveNow((bytes, interfaceIndex) -> print(ByteBuffer.wrap(bytes)));
    } catch (ErrnoException e) {
      if (!e.isRetryable()) {
        throw e;
      }
    }
  }

  private static void print(ByteBuffer frame) throws IOException {
    System.out.printf(
        "op %d sender %s target %s to %s from %s%n",
        frame.getShort(20), ip(frame, 28), ip(frame, 38), mac(frame, 0), mac(frame, 6));
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
