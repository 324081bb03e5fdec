package dev.ballast.dataplane.server.relay;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A UDP client with a connected socket: it receives only from the address that it sends to. */
final class UdpClient implements AutoCloseable {

  /** No answer came. */
  static final String NO_ANSWER = "no answer";

  /** The kernel reported that the port is unreachable. */
  static final String REFUSED = "refused";

  private static final int TIMEOUT_MILLIS = 5000;

  private final DatagramSocket socket;

  UdpClient(InetAddress from, InetAddress to, int port) throws IOException {
    socket = new DatagramSocket(new InetSocketAddress(from, 0));
    socket.connect(new InetSocketAddress(to, port));
  }

  static UdpClient of(RelayFixture relay) throws IOException {
    return new UdpClient(InetAddress.ofLiteral("127.0.0.1"), relay.address, relay.port);
  }

  static UdpClient of(RelayFixture relay, String from) throws IOException {
    return new UdpClient(InetAddress.ofLiteral(from), relay.address, relay.port);
  }

  int localPort() {
    return socket.getLocalPort();
  }

  String ask(String what) throws IOException {
    return ask(what, TIMEOUT_MILLIS);
  }

  /** Sends, and waits for an answer for so long. */
  String ask(String what, int millis) throws IOException {
    byte[] answer = ask(what.getBytes(StandardCharsets.UTF_8), millis);
    return new String(answer, StandardCharsets.UTF_8);
  }

  byte[] ask(byte[] what, int millis) throws IOException {
    try {
      send(what);
      return receive(millis);
    } catch (PortUnreachableException e) {
      return REFUSED.getBytes(StandardCharsets.UTF_8);
    } catch (SocketTimeoutException e) {
      return NO_ANSWER.getBytes(StandardCharsets.UTF_8);
    }
  }

  void send(byte[] what) throws IOException {
    socket.send(new DatagramPacket(what, what.length));
  }

  byte[] receive(int millis) throws IOException {
    socket.setSoTimeout(millis);
    DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
    socket.receive(packet);
    return Arrays.copyOf(packet.getData(), packet.getLength());
  }

  @Override
  public void close() {
    socket.close();
  }
}
