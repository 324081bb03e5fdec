package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.endpoint.Endpoint.EndpointConditions;
import dev.ballast.dataplane.core.endpoint.TopologyHints;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A UDP backend that answers every datagram with its name and the datagram. */
final class UdpBackend implements AutoCloseable {

  private final DatagramSocket socket;
  private final AtomicInteger received = new AtomicInteger();
  private final Set<Integer> sources = ConcurrentHashMap.newKeySet();

  private UdpBackend(InetAddress address, int port, String name) throws IOException {
    socket = new DatagramSocket(new InetSocketAddress(address, port));
    Thread.ofVirtual().start(() -> serve(name.getBytes(StandardCharsets.UTF_8)));
  }

  static UdpBackend named(String name) throws IOException {
    return at(0, name);
  }

  static UdpBackend at(int port, String name) throws IOException {
    return new UdpBackend(TestBackend.ADDRESS, port, name);
  }

  static UdpBackend ipv6(String name) throws IOException {
    return new UdpBackend(InetAddress.ofLiteral("::1"), 0, name);
  }

  int port() {
    return socket.getLocalPort();
  }

  Endpoint endpoint(EndpointConditions conditions) {
    return new Endpoint(
        socket.getLocalAddress(), port(), "pod-" + port(), "node", conditions, TopologyHints.NONE);
  }

  int received() {
    return received.get();
  }

  /** The number of source ports of the relay. */
  int sources() {
    return sources.size();
  }

  private void serve(byte[] name) {
    byte[] buffer = new byte[65_536];
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        received.incrementAndGet();
        sources.add(packet.getPort());
        byte[] answer = new byte[name.length + packet.getLength()];
        System.arraycopy(name, 0, answer, 0, name.length);
        System.arraycopy(buffer, 0, answer, name.length, packet.getLength());
        // Not longer than the datagram, where the name would make the answer too long.
        int length = Math.min(answer.length, 65_507);
        socket.send(new DatagramPacket(answer, length, packet.getSocketAddress()));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
