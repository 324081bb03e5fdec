package dev.ballast.dataplane.server.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.server.relay.Conversation.Ending;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A thousand random connections at once: no byte is lost or invented, and nothing leaks. */
@Tag("feature:faults")
@ParameterizedClass(name = "{0}")
@EnumSource(TestedEngine.class)
class RandomConversationsTest {

  private static final int CONVERSATIONS = 1000;
  private static final int AT_ONCE = 24;

  private final RelayFixture relay;

  RandomConversationsTest(TestedEngine by) {
    this.relay = by.relay();
  }

  @AfterEach
  void close() {
    relay.close();
  }

  @Test
  void every_byte_of_a_thousand_connections_arrives_once_and_in_order() throws Exception {
    try (TestBackend backend = TestBackend.of(RandomConversationsTest::answer)) {
      // Given
      relay.serve(backend);

      // When
      List<Long> came = hold(CONVERSATIONS, Ending.FIN);

      // Then
      assertThat(came.stream().filter(length -> length < 0)).as("not ended in order").isEmpty();
      await().untilAsserted(() -> assertThat(active()).isZero());
      assertThat(relay.metric("ballast.bytes", "direction", "in"))
          .isEqualTo(sent(true) + 8.0 * CONVERSATIONS);
      assertThat(relay.metric("ballast.bytes", "direction", "out")).isEqualTo(sent(false));
    }
  }

  @Test
  void the_bytes_that_arrive_before_a_reset_are_correct() throws Exception {
    try (TestBackend backend = TestBackend.of(RandomConversationsTest::answer)) {
      // Given
      relay.serve(backend);

      // When
      var unused = hold(CONVERSATIONS / 3, Ending.RST);

      // Then: each end has checked the bytes that it received
      await().untilAsserted(() -> assertThat(active()).isZero());
    }
  }

  @Test
  void back_pressure_stops_two_ends_that_only_write_and_no_byte_is_lost() throws Exception {
    try (TestBackend backend = TestBackend.manual()) {
      // Given
      relay.serve(backend);
      Socket client = relay.connect();
      client.getOutputStream().write(1);
      Socket server = backend.take();
      assertThat(server.getInputStream().read()).isEqualTo(1);
      AtomicLong ofClient = new AtomicLong();
      AtomicLong ofServer = new AtomicLong();

      // When
      Thread clientWriter = write(client, ofClient);
      Thread serverWriter = write(server, ofServer);
      awaitNoProgress(ofClient, ofServer);

      // Then: the accepted bytes fit into the buffers of six sockets and of the relay.
      long most = 24L * 1024 * 1024;
      assertThat(ofClient.get()).isLessThan(most);
      assertThat(ofServer.get()).isLessThan(most);

      // Then: one direction continues, although the other is still blocked
      long before = ofClient.get();
      readAtLeast(server, before);
      await().untilAsserted(() -> assertThat(ofClient.get()).isGreaterThan(before));

      clientWriter.interrupt();
      serverWriter.interrupt();
    }
  }

  @Test
  void two_thousand_short_connections_leak_nothing() throws Exception {
    try (TestBackend backend = TestBackend.echo()) {
      // Given
      relay.serve(backend);
      relay.ask(relay.port);
      await().untilAsserted(() -> assertThat(active()).isZero());
      long before = descriptors();

      // When
      ExecutorService clients = Executors.newFixedThreadPool(16);
      for (int i = 0; i < 2000; i++) {
        int turn = i;
        var unused =
            clients.submit(
                () -> {
                  try (Socket socket = new Socket(relay.address, relay.port)) {
                    if (turn % 2 == 0) {
                      socket.getOutputStream().write(new byte[1 + turn]);
                    }
                    if (turn % 3 == 0) {
                      socket.setSoLinger(true, 0);
                    }
                  }
                  return turn;
                });
      }
      clients.shutdown();
      assertThat(clients.awaitTermination(60, TimeUnit.SECONDS)).isTrue();

      // Then
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> {
                assertThat(active()).isZero();
                assertThat(descriptors()).isLessThanOrEqualTo(before + 5);
              });
    }
  }

  private List<Long> hold(int conversations, Ending ending) throws Exception {
    List<Future<Long>> connections = new ArrayList<>();
    Semaphore places = new Semaphore(AT_ONCE);
    // Platform threads are in the network namespace of this one.
    try (ExecutorService threads =
        Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
      for (long seed = 0; seed < conversations; seed++) {
        Conversation conversation = new Conversation(seed, ending);
        connections.add(
            threads.submit(
                () -> {
                  places.acquire();
                  try (Socket socket = new Socket(relay.address, relay.port)) {
                    socket.setSoTimeout(30_000);
                    return conversation.ask(socket);
                  } catch (IOException e) {
                    return -1L;
                  } finally {
                    places.release();
                  }
                }));
      }
    }
    List<Long> came = new ArrayList<>();
    for (Future<Long> one : connections) {
      came.add(one.get());
    }
    return came;
  }

  private static void answer(Socket socket) throws IOException {
    try {
      Conversation.answer(socket);
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  private static double sent(boolean ofClient) {
    return LongStream.range(0, CONVERSATIONS)
        .map(seed -> Conversation.length(seed, ofClient))
        .sum();
  }

  private static Thread write(Socket socket, AtomicLong written) {
    return Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              byte[] piece = new byte[16 * 1024];
              try {
                OutputStream out = socket.getOutputStream();
                while (true) {
                  out.write(piece);
                  written.addAndGet(piece.length);
                }
              } catch (IOException e) {
                // The test is over.
              }
            });
  }

  private static void awaitNoProgress(AtomicLong... written) {
    long[] last = {-1};
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(700))
        .until(
            () -> {
              long before = last[0];
              last[0] = Stream.of(written).mapToLong(AtomicLong::get).sum();
              return last[0] > 0 && last[0] == before;
            });
  }

  private static void readAtLeast(Socket socket, long bytes) throws IOException {
    byte[] buffer = new byte[64 * 1024];
    for (long left = bytes; left > 0; ) {
      int read = socket.getInputStream().read(buffer);
      assertThat(read).isPositive();
      left -= read;
    }
  }

  private double active() {
    return relay.metric("ballast.connections.active");
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }
}
