package dev.ballast.dataplane.server.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A thousand random connections on each engine; every byte is checked. */
@Tag("feature:faults")
@ParameterizedClass
@EnumSource
class RandomScriptsTest {

  private static final int SCRIPTS = Integer.getInteger("ballast.scripts", 1000);

  /** Another seed gives other scripts; a failure names the seed of its script. */
  private static final int FIRST_SEED = Integer.getInteger("ballast.scripts.seed", 1);

  private static final int AT_A_TIME = 80;

  /** Platform threads are in the network namespace of the test's thread. */
  private static final Executor THREADS = task -> Thread.ofPlatform().daemon().start(task);

  private final TestedEngine engine;
  private final RelayFixture relay;
  private final ServerSocket listener;
  private final Map<Integer, CompletableFuture<Socket>> arriving = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();

  RandomScriptsTest(TestedEngine engine) throws IOException {
    this.engine = engine;
    this.relay = engine.relay();
    this.listener = new ServerSocket(0, 1024, TestBackend.ADDRESS);
  }

  @BeforeEach
  void serve() throws Exception {
    listener.setReceiveBufferSize(8192); // so that a stalled backend blocks the relay
    relay.serve(
        RelayFixture.POLICY,
        List.of(TestBackend.endpoint(listener.getLocalPort(), RelayFixture.READY)));
    Thread.ofPlatform().daemon().start(this::accept);
  }

  @AfterEach
  void close() throws IOException {
    relay.close();
    listener.close();
  }

  @Test
  void every_byte_arrives_unchanged() throws Exception {
    // Given
    List<Script> scripts =
        IntStream.range(FIRST_SEED, FIRST_SEED + SCRIPTS)
            .mapToObj(seed -> Script.of(seed, engine.detectsReset()))
            .toList();
    var room = new Semaphore(AT_A_TIME);

    // When
    for (Script script : scripts) {
      room.acquire();
      THREADS.execute(
          () -> {
            try {
              play(script);
            } catch (Exception e) {
              wrong.add(script + ": " + e);
            } finally {
              room.release();
            }
          });
    }
    assertThat(room.tryAcquire(AT_A_TIME, 60, TimeUnit.SECONDS)).isTrue();

    // Then
    assertThat(wrong).isEmpty();
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(relay.metric("ballast.connections.active")).isZero());
    assertThat(relay.metric("ballast.connections")).isEqualTo(SCRIPTS);
  }

  private void accept() {
    try {
      while (true) {
        Socket connection = listener.accept();
        THREADS.execute(() -> assignScript(connection));
      }
    } catch (IOException e) {
      // Closed: the test is over.
    }
  }

  /** The first four bytes of a connection are the number of its script. */
  private void assignScript(Socket connection) {
    try {
      byte[] seed = connection.getInputStream().readNBytes(Integer.BYTES);
      if (seed.length < Integer.BYTES) {
        connection.close(); // a check
        return;
      }
      arriving.get(ByteBuffer.wrap(seed).getInt()).complete(connection);
    } catch (IOException e) {
      // A health check, which ends by a reset. A lost connection of a script fails elsewhere.
    }
  }

  private void play(Script script) throws Exception {
    var arrived = new CompletableFuture<Socket>();
    arriving.put(script.seed(), arrived);
    try (Socket client = new Socket()) {
      if (script.clientSide().buffer() > 0) {
        client.setReceiveBufferSize(script.clientSide().buffer());
      }
      client.connect(new InetSocketAddress(relay.address, relay.port), 10_000);
      client.setTcpNoDelay(true);
      client
          .getOutputStream()
          .write(ByteBuffer.allocate(Integer.BYTES).putInt(script.seed()).array());
      try (Socket server = arrived.get(20, TimeUnit.SECONDS)) {
        wrong.addAll(ConnectionEnds.of(script, client, server).play(THREADS));
      }
    }
  }
}
