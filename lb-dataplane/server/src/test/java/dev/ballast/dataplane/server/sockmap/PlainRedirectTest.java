package dev.ballast.dataplane.server.sockmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.LinuxSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;

/**
 * Why {@link Verdict} is more than a redirect: what the kernel does without its bound. If this
 * fails one day, the kernel has learnt back-pressure, and ADR 11 is to be looked at again.
 */
class PlainRedirectTest {

  /** More than all buffers of the four sockets together may have on any usual system. */
  private static final int MUCH = 256 * 1024 * 1024;

  @Test
  void the_kernel_takes_without_bound_what_a_reader_that_stalls_does_not_read() throws Exception {
    Epoll.ensureAvailability();
    try (Sockmap sockmap = open();
        ServerSocket listener = new ServerSocket(0, 2, InetAddress.ofLiteral("127.0.0.1"))) {
      // Given
      LinuxSocket front = LinuxSocket.newSocketStream(false);
      LinuxSocket back = LinuxSocket.newSocketStream(false);
      front.connect(listener.getLocalSocketAddress());
      Socket client = listener.accept();
      back.connect(listener.getLocalSocketAddress());
      Socket server = listener.accept();
      Pair pair = sockmap.join(front.intValue(), back.intValue());
      assertThat(pair).isNotNull();

      // When
      byte[] piece = new byte[64 * 1024];
      long sent = 0;
      for (; sent < MUCH; sent += piece.length) {
        client.getOutputStream().write(piece); // would never return if the kernel stopped it
      }

      // Then
      assertThat(sent).isEqualTo(MUCH);
      for (Socket socket : new Socket[] {client, server}) {
        socket.setSoLinger(true, 0);
        socket.close();
      }
      front.close();
      back.close();
    }
  }

  /** Redirects everything to the other socket of the pair, and asks nothing. */
  private static Sockmap open() throws IOException {
    try {
      return Sockmap.open(
          1,
          (slots, flows, sockets) ->
              new Instructions()
                  .move(6, 1)
                  .call(46) // the cookie
                  .store64(10, -8, 0)
                  .map(1, slots)
                  .move(2, 10)
                  .advance(2, -8)
                  .call(1) // the slot of this socket
                  .ifZero(0, "drop")
                  .load32(3, 0, 0)
                  .xor32(3, 1)
                  .move(1, 6)
                  .map(2, sockets)
                  .set(4, 0)
                  .call(52) // redirect
                  .exit()
                  .label("drop")
                  .set(0, 0)
                  .exit());
    } catch (KernelRefusal e) {
      assumeTrue(!e.isPermission(), "bpf is not permitted here: " + e.getMessage());
      throw e;
    }
  }
}
