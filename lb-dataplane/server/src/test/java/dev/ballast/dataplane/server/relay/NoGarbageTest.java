package dev.ballast.dataplane.server.relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Bytes that are carried leave nothing to collect on the loops that carry them. Where only C1
 * compiles, as in the image, each system call of UDP still leaves 40 bytes of java.lang.foreign's.
 */
class NoGarbageTest {

  private static final int WARM_UP = 20_000;
  private static final int MESSAGES = 20_000;

  /** What the loops' clocks may make meanwhile. One object a message would be five times that. */
  private static final long LITTLE = 64 * 1024;

  private final Rig rig = new Rig();
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @AfterEach
  void close() {
    rig.close();
  }

  @Test
  void bytes_of_a_connection_go_both_ways_without_making_an_object() throws Exception {
    try (TestBackend backend = TestBackend.echo()) {
      // Given
      rig.serve(backend);
      Socket client = rig.connect();
      client.setTcpNoDelay(true);
      exchange(client, WARM_UP);
      long before = allocated();

      // When
      exchange(client, MESSAGES);

      // Then
      assertThat(allocated() - before).isLessThan(LITTLE);
    }
  }

  @Test
  void datagrams_of_a_flow_go_both_ways_without_making_an_object() throws Exception {
    try (UdpBackend backend = UdpBackend.named("")) {
      // Given
      rig.apply(
          rig.server(Rig.WEB, Rig.POLICY, UdpTest.udp(rig.port, backend.endpoint(Rig.READY))));
      try (UdpClient client = UdpClient.of(rig)) {
        for (int i = 0; i < WARM_UP; i++) {
          client.ask("hello");
        }
        long before = allocated();

        // When
        for (int i = 0; i < MESSAGES; i++) {
          client.ask("hello");
        }

        // Then
        assertThat(allocated() - before).isLessThan(LITTLE);
      }
    }
  }

  private static void exchange(Socket client, int messages) throws IOException {
    OutputStream out = client.getOutputStream();
    var in = new DataInputStream(client.getInputStream());
    byte[] message = new byte[100];
    for (int i = 0; i < messages; i++) {
      out.write(message);
      in.readFully(message);
    }
  }

  private long allocated() {
    long[] loops =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("vert.x-eventloop"))
            .mapToLong(Thread::threadId)
            .toArray();
    return LongStream.of(loops).map(threads::getThreadAllocatedBytes).sum();
  }
}
