package dev.ballast.dataplane.server.relay.datagram;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.LinuxSocket;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The layouts of the kernel's structures, for both IP families. */
class DatagramBatchTest {

  private static final int ECONNREFUSED = 111;

  private final DatagramBatch datagrams = new DatagramBatch();
  private LinuxSocket socket;
  private DatagramSocket peer;

  @AfterEach
  void close() throws IOException {
    socket.close();
    peer.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void one_call_receives_or_sends_many_datagrams(String loopback) throws IOException {
    // Given
    open(InetAddress.ofLiteral(loopback));
    for (int i = 0; i < DatagramBatch.CAPACITY + 4; i++) {
      send("datagram " + i);
    }

    // When
    int first = datagrams.receive(socket.intValue());
    DatagramAddress client = datagrams.client(3);
    int sent = datagrams.sendTo(socket.intValue(), 2, 5, client);
    int second = datagrams.receive(socket.intValue());
    int third = datagrams.receive(socket.intValue());

    // Then
    assertThat(first).isEqualTo(DatagramBatch.CAPACITY);
    assertThat(second).isEqualTo(4);
    assertThat(third).isZero();
    assertThat(client.address()).isEqualTo(InetAddress.ofLiteral(loopback));
    assertThat(client.port()).isEqualTo(peer.getLocalPort());
    assertThat(sent).isEqualTo(3);
    for (int i = 2; i < 5; i++) {
      assertThat(receive()).isEqualTo("datagram " + i);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void lengths_are_those_of_the_last_received_datagrams(String loopback) throws IOException {
    // Given
    open(InetAddress.ofLiteral(loopback));
    send("a long one");
    assertThat(datagrams.receive(socket.intValue())).isEqualTo(1);

    // When
    send("");
    send("abc");
    int count = datagrams.receive(socket.intValue());

    // Then
    assertThat(count).isEqualTo(2);
    assertThat(datagrams.length(0)).isZero();
    assertThat(datagrams.length(1)).isEqualTo(3);
    assertThat(datagrams.totalLength(0, 2)).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void a_port_unreachable_error_is_returned_by_the_next_call(String loopback) throws IOException {
    // Given
    open(InetAddress.ofLiteral(loopback));
    send("to be sent on");
    datagrams.receive(socket.intValue());
    socket.connect(new InetSocketAddress(peer.getLocalAddress(), peer.getLocalPort()));
    peer.close();

    // When
    int sent = datagrams.send(socket.intValue(), 0, 1);
    int refused = datagrams.receive(socket.intValue());

    // Then
    assertThat(sent).isEqualTo(1);
    assertThat(refused).isEqualTo(-ECONNREFUSED);
    assertThat(datagrams.receive(socket.intValue())).as("once").isZero();
  }

  private void open(InetAddress loopback) throws IOException {
    Epoll.ensureAvailability(); // loads the native library
    socket = LinuxSocket.newSocketDgram(loopback instanceof Inet6Address);
    socket.bind(new InetSocketAddress(loopback, 0));
    peer = new DatagramSocket(new InetSocketAddress(loopback, 0));
    peer.setSoTimeout(5_000);
  }

  private void send(String text) throws IOException {
    byte[] bytes = text.getBytes(UTF_8);
    peer.send(new DatagramPacket(bytes, bytes.length, socket.localAddress()));
  }

  private String receive() throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[100], 100);
    peer.receive(packet);
    return new String(packet.getData(), 0, packet.getLength(), UTF_8);
  }
}
