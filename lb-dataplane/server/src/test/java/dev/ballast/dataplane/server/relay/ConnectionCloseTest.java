package dev.ballast.dataplane.server.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** FIN and RST of either end, in each state that a connection can be in. */
@Tag("feature:faults")
@ParameterizedClass(name = "{0}")
@EnumSource(TestedEngine.class)
class ConnectionCloseTest {

  /** More bytes than the buffers of all sockets on the way. */
  private static final int BULK_BYTES = 48 * 1024 * 1024;

  enum Who {
    CLIENT,
    BACKEND;

    Who other() {
      return this == CLIENT ? BACKEND : CLIENT;
    }
  }

  enum State {
    /** Neither end has sent a byte. */
    NO_BYTES_YET,
    /** Both ends have sent bytes. */
    BYTES_EXCHANGED,
    /** The other end has sent FIN. */
    FIN_RECEIVED,
    /** This end has sent FIN. */
    FIN_SENT,
    /** The other end writes, and this end does not read. */
    NOT_READING,
    /** This end writes, and the other end does not read. */
    PEER_NOT_READING
  }

  @Parameter private TestedEngine by;
  private RelayFixture relay;
  private TestBackend backend;
  private Socket client;
  private Socket server;

  @BeforeEach
  void connect() throws Exception {
    relay = by.relay();
    backend = TestBackend.manual();
    relay.serve(backend);
    client = relay.connect();
    server = backend.take();
  }

  @AfterEach
  void close() {
    relay.close();
    backend.close();
  }

  static Stream<List<Object>> everyStateButEnded() {
    return everyState().filter(one -> one.getLast() != State.FIN_SENT);
  }

  static Stream<List<Object>> everyState() {
    return Arrays.stream(Who.values())
        .flatMap(who -> Arrays.stream(State.values()).map(state -> List.of(who, state)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("everyStateButEnded")
  void a_fin_arrives_after_all_earlier_bytes_and_the_other_direction_stays_open(List<Object> which)
      throws Exception {
    // Given
    Who who = (Who) which.getFirst();
    State state = (State) which.getLast();
    CompletableFuture<Void> writing = reach(who, state);

    // When
    if (state != State.PEER_NOT_READING) {
      end(who).shutdownOutput();
    }

    // Then
    int waiting = state == State.NOT_READING || state == State.PEER_NOT_READING ? BULK_BYTES : 0;
    Socket other = end(who.other());
    if (state == State.NOT_READING) {
      assertThat(other.getInputStream().read()).isEqualTo(-1);
      assertThat(drain(end(who), waiting)).isEqualTo(waiting);
    } else {
      assertThat(drain(other, Integer.MAX_VALUE)).isEqualTo(waiting);
      if (state != State.FIN_RECEIVED) {
        other.getOutputStream().write('!');
        other.shutdownOutput();
        assertThat(end(who).getInputStream().read()).isEqualTo('!');
      }
      assertThat(end(who).getInputStream().read()).isEqualTo(-1);
    }
    writing.get(5, TimeUnit.SECONDS);
    await().untilAsserted(() -> assertThat(active()).isZero());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("everyState")
  void a_reset_reaches_the_other_end_and_nothing_leaks(List<Object> which) throws Exception {
    // Given
    Who who = (Who) which.getFirst();
    State state = (State) which.getLast();
    assumeTrue(
        by.detectsReset() || state == State.NO_BYTES_YET || state == State.BYTES_EXCHANGED,
        "NIO does not tell of a reset where nothing is to be read or written");
    CompletableFuture<Void> writing = reach(who, state);

    // When
    ByteStreamTest.reset(end(who));

    // Then
    await().untilAsserted(() -> assertThat(active()).isZero());
    Socket other = end(who.other());
    if (state == State.NOT_READING) {
      await().until(writing::isCompletedExceptionally);
    } else if (state == State.FIN_SENT) {
      // FIN has been read; a write now fails by the reset.
      assertThatThrownBy(
              () -> {
                while (true) {
                  other.getOutputStream().write('?');
                }
              })
          .isInstanceOf(SocketException.class);
    } else {
      assertThatThrownBy(() -> drain(other, Integer.MAX_VALUE)).isInstanceOf(SocketException.class);
    }
  }

  @Test
  void nothing_leaks_when_a_client_resets_before_a_backend_has_answered() throws Exception {
    assumeTrue(by.detectsReset(), "NIO does not tell of a reset where nothing is to be read");
    try (Blackhole blackhole = new Blackhole()) {
      // Given
      relay.serve(
          TestPolicies.connectTimeout(Duration.ofMinutes(1)),
          List.of(TestBackend.endpoint(blackhole.port(), RelayFixture.READY)));
      await().untilAsserted(() -> assertThat(active()).isEqualTo(1));
      Socket early = relay.connect();
      early.getOutputStream().write('?');
      await().untilAsserted(() -> assertThat(active()).isEqualTo(2));

      // When
      ByteStreamTest.reset(early);

      // Then
      await().untilAsserted(() -> assertThat(active()).isEqualTo(1));
    }
  }

  /** Only the kernel of the backend accepts; its program never does. */
  @Test
  void a_backend_that_never_accepts_stops_the_client_and_its_reset_ends_the_connection()
      throws Exception {
    try (NonAcceptingListener listener = new NonAcceptingListener()) {
      // Given
      relay.serve(
          RelayFixture.POLICY, List.of(TestBackend.endpoint(listener.port(), RelayFixture.READY)));
      Socket blockedClient = relay.connect();
      CompletableFuture<Void> writing = blocked(blockedClient);

      // When
      listener.close();

      // Then
      await().until(writing::isCompletedExceptionally);
      await().untilAsserted(() -> assertThat(active()).isEqualTo(1));
    }
  }

  /** Brings a connection to a state; returns the write that is running meanwhile. */
  private CompletableFuture<Void> reach(Who who, State state) throws Exception {
    switch (state) {
      case NO_BYTES_YET -> {}
      case BYTES_EXCHANGED -> {
        for (int i = 0; i < 5; i++) {
          client.getOutputStream().write(i);
          assertThat(server.getInputStream().read()).isEqualTo(i);
          server.getOutputStream().write(i);
          assertThat(client.getInputStream().read()).isEqualTo(i);
        }
      }
      case FIN_RECEIVED -> halfClose(who.other());
      case FIN_SENT -> halfClose(who);
      case NOT_READING -> {
        return blocked(end(who.other()));
      }
      case PEER_NOT_READING -> {
        return blocked(end(who));
      }
    }
    return CompletableFuture.completedFuture(null);
  }

  private void halfClose(Who who) throws IOException {
    end(who).shutdownOutput();
    assertThat(end(who.other()).getInputStream().read()).isEqualTo(-1);
  }

  /** Writes {@link #BULK_BYTES} and FIN; returns when the write is blocked. */
  private static CompletableFuture<Void> blocked(Socket socket) {
    CompletableFuture<Void> writing = new CompletableFuture<>();
    AtomicLong written = new AtomicLong();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                byte[] piece = new byte[64 * 1024];
                while (written.get() < BULK_BYTES) {
                  socket.getOutputStream().write(piece);
                  written.addAndGet(piece.length);
                }
                socket.shutdownOutput();
                writing.complete(null);
              } catch (IOException e) {
                writing.completeExceptionally(e);
              }
            });
    long[] last = {0};
    await()
        .pollInterval(Duration.ofMillis(80))
        .until(
            () -> {
              long before = last[0];
              last[0] = written.get();
              return last[0] > 0 && last[0] == before;
            });
    assertThat(writing).isNotDone();
    return writing;
  }

  /** Reads until the end, or at most so many bytes; returns how many. */
  private static long drain(Socket socket, int most) throws IOException {
    InputStream in = socket.getInputStream();
    byte[] buffer = new byte[64 * 1024];
    long sum = 0;
    while (sum < most) {
      int read = in.read(buffer);
      if (read < 0) {
        return sum;
      }
      sum += read;
    }
    return sum;
  }

  private Socket end(Who who) {
    return who == Who.CLIENT ? client : server;
  }

  private double active() {
    return relay.metric("ballast.connections.active");
  }
}
