package dev.ballast.dataplane.server.steering;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.LinuxSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;

/** The private listeners of one process, as the relay has them. */
public final class TransparentSockets implements AutoCloseable {

  private static final Duration TIMEOUT = Duration.ofSeconds(3);
  private static final int SOL_IP = 0;
  private static final int IP_TRANSPARENT = 19;
  private static final int IP_RECVORIGDSTADDR = 20;
  private static final int SOL_IPV6 = 41;
  private static final int IPV6_RECVORIGDSTADDR = 74;

  static {
    Epoll.ensureAvailability(); // Loads the library.
  }

  private final LinuxSocket tcp4 = LinuxSocket.newSocketStream(false);
  private final LinuxSocket tcp6 = LinuxSocket.newSocketStream(true);
  private final LinuxSocket udp4 = LinuxSocket.newSocketDgram(false);
  private final LinuxSocket udp6 = LinuxSocket.newSocketDgram(true);

  public TransparentSockets() throws IOException {
    bind(tcp4, PrivateListeners.IPV4);
    bind(tcp6, PrivateListeners.IPV6);
    udp4.setIntOpt(SOL_IP, IP_RECVORIGDSTADDR, 1);
    bind(udp4, PrivateListeners.IPV4);
    udp6.setIntOpt(SOL_IPV6, IPV6_RECVORIGDSTADDR, 1);
    bind(udp6, PrivateListeners.IPV6);
    tcp4.listen(4096);
    tcp6.listen(4096);
  }

  private static void bind(LinuxSocket socket, String address) throws IOException {
    socket.setReuseAddress(true);
    socket.setIntOpt(SOL_IP, IP_TRANSPARENT, 1);
    socket.bind(new InetSocketAddress(InetAddress.ofLiteral(address), 0));
  }

  public PrivateListeners listeners() {
    return new PrivateListeners(port(tcp4), port(tcp6), port(udp4), port(udp6));
  }

  private static OptionalInt port(LinuxSocket socket) {
    return OptionalInt.of(socket.localAddress().getPort());
  }

  /** The next connection. */
  public LinuxSocket accept(boolean ipv6) {
    AtomicReference<LinuxSocket> connection = new AtomicReference<>();
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .atMost(TIMEOUT)
        .until(
            () -> {
              int accepted = (ipv6 ? tcp6 : tcp4).accept(new byte[26]);
              if (accepted >= 0) {
                connection.set(LinuxSocket.newSocket(accepted));
              }
              return accepted >= 0;
            });
    return connection.get();
  }

  /** Where the next datagram was sent to. */
  public InetSocketAddress receive(boolean ipv6) {
    LinuxSocket socket = ipv6 ? udp6 : udp4;
    AtomicReference<Optional<InetSocketAddress>> destination =
        new AtomicReference<>(Optional.empty());
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .atMost(TIMEOUT)
        .until(
            () -> {
              destination.set(OriginalDestination.receive(socket.intValue()));
              return destination.get().isPresent();
            });
    return destination.get().orElseThrow();
  }

  static void write(LinuxSocket connection, String text) throws IOException {
    byte[] bytes = text.getBytes(UTF_8);
    ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.length).put(bytes);
    assertThat(connection.send(buffer, 0, bytes.length)).isEqualTo(bytes.length);
  }

  @Override
  public void close() throws IOException {
    for (LinuxSocket socket : List.of(tcp4, tcp6, udp4, udp6)) {
      socket.close();
    }
  }
}
