package dev.ballast.dataplane.server.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A reader that stalls until its sender is blocked, again and again. Each time, all buffers fill
 * and drain, and the relay must not miss the event that lets it continue.
 */
@Tag("feature:faults")
@ParameterizedClass(name = "{0}")
@EnumSource(TestedEngine.class)
class StalledReaderTest {

  private static final int BURSTS = 100;

  /** More than the buffers between the two ends hold. */
  private static final byte[] BURST = new byte[10 * 1024 * 1024];

  enum Reader {
    CLIENT,
    BACKEND
  }

  @Parameter private TestedEngine by;
  private RelayFixture relay;
  private TestBackend backend;
  private final ExecutorService writer = Executors.newVirtualThreadPerTaskExecutor();

  @BeforeEach
  void serve() throws Exception {
    relay = by.relay();
    backend = TestBackend.manual();
    relay.serve(backend);
  }

  @AfterEach
  void close() {
    relay.close();
    backend.close();
    writer.close();
  }

  @ParameterizedTest
  @EnumSource(Reader.class)
  void a_reader_that_stalls_again_and_again_gets_every_byte(Reader who) throws Exception {
    // Given
    Socket client = relay.connect();
    Socket server = backend.take();
    Socket from = who == Reader.CLIENT ? server : client;
    Socket to = who == Reader.CLIENT ? client : server;
    to.setSoTimeout(10_000);

    for (int burst = 0; burst < BURSTS; burst++) {
      Future<?> written = writer.submit(write(from));
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5 + burst % 7));

      // When
      byte[] read = to.getInputStream().readNBytes(BURST.length);

      // Then
      assertThat(read).hasSameSizeAs(BURST);
      written.get(5, TimeUnit.SECONDS);
    }
  }

  private static Callable<Void> write(Socket socket) {
    return () -> {
      socket.getOutputStream().write(BURST);
      return null;
    };
  }
}
