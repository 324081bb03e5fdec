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

  /** More than the buffers of all sockets on the way hold. */
  private static final int MUCH = 48 * 1024 * 1024;

  enum Who {
    CLIENT,
    BACKEND;

    Who other() {
      return this == CLIENT ? BACKEND : CLIENT;
    }
  }

  enum State {
    /** Nobody has said anything. */
    SILENT,
    /** Bytes have gone both ways. */
    TALKING,
    /** The other end has said FIN. */
    OTHER_HAS_ENDED,
    /** It has said FIN itself. */
    HAS_ENDED,
    /** The other end writes, and it does not read. */
    READS_NOT,
    /** It writes, and the other end does not read. */
    IS_NOT_READ
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
    return everyState().filter(one -> one.getLast() != State.HAS_ENDED);
  }

  static Stream<List<Object>> everyState() {
    return Arrays.stream(Who.values())
        .flatMap(who -> Arrays.stream(State.values()).map(state -> List.of(who, state)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("everyStateButEnded")
  void a_fin_arrives_after_all_that_came_before_it_and_the_way_back_stays(List<Object> which)
      throws Exception {
    // Given
    Who who = (Who) which.getFirst();
    State state = (State) which.getLast();
    CompletableFuture<Void> writing = bring(who, state);

    // When
    if (state != State.IS_NOT_READ) {
      end(who).shutdownOutput();
    }

    // Then
    int waiting = state == State.READS_NOT || state == State.IS_NOT_READ ? MUCH : 0;
    Socket other = end(who.other());
    if (state == State.READS_NOT) {
      assertThat(other.getInputStream().read()).isEqualTo(-1);
      assertThat(drain(end(who), waiting)).isEqualTo(waiting);
    } else {
      assertThat(drain(other, Integer.MAX_VALUE)).isEqualTo(waiting);
      if (state != State.OTHER_HAS_ENDED) {
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
  void a_reset_reaches_the_other_end_and_leaves_nothing(List<Object> which) throws Exception {
    // Given
    Who who = (Who) which.getFirst();
    State state = (State) which.getLast();
    assumeTrue(
        by.detectsReset() || state == State.SILENT || state == State.TALKING,
        "NIO does not tell of a reset where nothing is to be read or written");
    CompletableFuture<Void> writing = bring(who, state);

    // When
    ByteStreamTest.reset(end(who));

    // Then
    await().untilAsserted(() -> assertThat(active()).isZero());
    Socket other = end(who.other());
    if (state == State.READS_NOT) {
      await().until(writing::isCompletedExceptionally);
    } else if (state == State.HAS_ENDED) {
      // FIN has been read; what is written now meets a reset.
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
  void a_client_that_resets_before_a_backend_has_answered_leaves_nothing() throws Exception {
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

  /** A backend that is connected to by the kernel alone: its program never comes to accept. */
  @Test
  void a_backend_that_never_accepts_stops_the_client_and_its_end_ends_it() throws Exception {
    try (NonAcceptingListener deaf = new NonAcceptingListener()) {
      // Given
      relay.serve(
          RelayFixture.POLICY, List.of(TestBackend.endpoint(deaf.port(), RelayFixture.READY)));
      Socket patient = relay.connect();
      CompletableFuture<Void> writing = blocked(patient);

      // When
      deaf.close();

      // Then
      await().until(writing::isCompletedExceptionally);
      await().untilAsserted(() -> assertThat(active()).isEqualTo(1));
    }
  }

  /** Returns what {@code who}, or the other end, writes meanwhile. */
  private CompletableFuture<Void> bring(Who who, State state) throws Exception {
    switch (state) {
      case SILENT -> {}
      case TALKING -> {
        for (int i = 0; i < 5; i++) {
          client.getOutputStream().write(i);
          assertThat(server.getInputStream().read()).isEqualTo(i);
          server.getOutputStream().write(i);
          assertThat(client.getInputStream().read()).isEqualTo(i);
        }
      }
      case OTHER_HAS_ENDED -> halfClose(who.other());
      case HAS_ENDED -> halfClose(who);
      case READS_NOT -> {
        return blocked(end(who.other()));
      }
      case IS_NOT_READ -> {
        return blocked(end(who));
      }
    }
    return CompletableFuture.completedFuture(null);
  }

  private void halfClose(Who who) throws IOException {
    end(who).shutdownOutput();
    assertThat(end(who.other()).getInputStream().read()).isEqualTo(-1);
  }

  /** Writes {@link #MUCH} and FIN; returns when that has come to a standstill. */
  private static CompletableFuture<Void> blocked(Socket socket) {
    CompletableFuture<Void> writing = new CompletableFuture<>();
    AtomicLong written = new AtomicLong();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                byte[] piece = new byte[64 * 1024];
                while (written.get() < MUCH) {
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

  /** Reads to the end, or so much; returns how much came. */
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
