package dev.ballast.dataplane.server.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.core.health.HealthState;
import dev.ballast.dataplane.core.plan.ConnectionPolicy.HealthCheckPolicy;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HealthCheckSchedulerTest {

  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final HealthState.Healthy INITIAL = new HealthState.Healthy(0, 0);

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final EventLoop loop = (EventLoop) group.next();
  private final HealthCheckScheduler healthChecks =
      HealthCheckScheduler.on(List.of(loop), address -> new EpollSocketChannel());
  private final BlockingQueue<HealthState> states = new LinkedBlockingQueue<>();

  @AfterEach
  void close() {
    group.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
  }

  @Test
  void a_backend_that_refuses_becomes_unhealthy_after_fall_failures_and_this_is_reported_once()
      throws Exception {
    // Given
    InetSocketAddress closedPort = new InetSocketAddress(LOOPBACK, freePort());

    // When
    long start = System.nanoTime();
    BackendHealthCheck healthCheck =
        healthChecks.start(closedPort, check(50, 3), INITIAL, states::add);

    // Then
    HealthState reported = states.poll(5, TimeUnit.SECONDS);
    assertThat(reported)
        .isInstanceOfSatisfying(
            HealthState.Unhealthy.class,
            unhealthy -> assertThat(unhealthy.message()).isEqualTo("connection refused"));
    assertThat(System.nanoTime() - start).isGreaterThan(50_000_000L);
    assertThat(states.poll(200, TimeUnit.MILLISECONDS)).isNull();
    healthCheck.stop();
  }

  @Test
  void a_backend_that_does_not_answer_has_a_message_that_says_so() throws Exception {
    // Given: an address that does not answer within the timeout
    try (ServerSocket full = new ServerSocket(0, 1, LOOPBACK)) {
      InetSocketAddress target = new InetSocketAddress(LOOPBACK, full.getLocalPort());
      List<Socket> filling = fill(target);

      // When
      BackendHealthCheck healthCheck =
          healthChecks.start(target, check(100, 1), INITIAL, states::add);

      // Then
      assertThat(states.poll(5, TimeUnit.SECONDS))
          .isInstanceOfSatisfying(
              HealthState.Unhealthy.class,
              unhealthy -> assertThat(unhealthy.message()).isEqualTo("no answer within 200 ms"));
      healthCheck.stop();
      for (Socket socket : filling) {
        socket.close();
      }
    }
  }

  @Test
  void checks_start_at_once_and_leave_no_connection_in_time_wait() throws Exception {
    try (ServerSocket backend = new ServerSocket(0, 50, LOOPBACK)) {
      // Given
      BlockingQueue<Long> checks = new LinkedBlockingQueue<>();
      Thread.ofVirtual().start(() -> accept(backend, checks));
      InetSocketAddress target = new InetSocketAddress(LOOPBACK, backend.getLocalPort());
      Set<String> before = timeWaits(backend.getLocalPort());
      long start = System.nanoTime();

      // When
      BackendHealthCheck healthCheck =
          healthChecks.start(target, check(50, 1), INITIAL, states::add);

      // Then
      Long first = checks.poll(5, TimeUnit.SECONDS);
      assertThat(first).isNotNull();
      assertThat(first - start).isLessThan(TimeUnit.SECONDS.toNanos(1));
      for (int i = 0; i < 5; i++) {
        assertThat(checks.poll(5, TimeUnit.SECONDS)).isNotNull();
      }
      healthCheck.stop();
      assertThat(timeWaits(backend.getLocalPort())).isSubsetOf(before);
      assertThat(states).isEmpty();
    }
  }

  @Test
  void a_stopped_health_check_sends_no_more_checks() throws Exception {
    try (ServerSocket backend = new ServerSocket(0, 50, LOOPBACK)) {
      // Given
      BlockingQueue<Long> checks = new LinkedBlockingQueue<>();
      Thread.ofVirtual().start(() -> accept(backend, checks));
      InetSocketAddress target = new InetSocketAddress(LOOPBACK, backend.getLocalPort());
      BackendHealthCheck healthCheck =
          healthChecks.start(target, check(50, 1), INITIAL, states::add);
      assertThat(checks.poll(5, TimeUnit.SECONDS)).isNotNull();

      // When
      healthCheck.stop();
      loop.submit(() -> {}).sync();
      checks.clear();

      // Then
      assertThat(checks.poll(300, TimeUnit.MILLISECONDS)).isNull();
    }
  }

  private static HealthCheckPolicy check(int periodMillis, int fall) {
    return new HealthCheckPolicy(Duration.ofMillis(periodMillis), Duration.ofMillis(200), 1, fall);
  }

  private static void accept(ServerSocket backend, BlockingQueue<Long> checks) {
    try {
      while (true) {
        try (Socket check = backend.accept()) {
          checks.add(System.nanoTime());
          check.getInputStream().read();
        } catch (SocketException e) {
          if (backend.isClosed()) {
            return;
          }
        }
      }
    } catch (IOException e) {
      // closed: the test is over
    }
  }

  /** Opens connections until the queue of the listener is full. */
  private static List<Socket> fill(InetSocketAddress target) throws IOException {
    List<Socket> filling = new ArrayList<>();
    await()
        .pollInterval(Duration.ofMillis(1))
        .until(
            () -> {
              Socket socket = new Socket();
              filling.add(socket);
              try {
                socket.connect(target, 100);
                return false;
              } catch (SocketTimeoutException e) {
                return true;
              }
            });
    return filling;
  }

  /** Both ends of each connection. One of another test may have had the same port before. */
  private static Set<String> timeWaits(int port) throws IOException {
    String hexPort = String.format(":%04X", port);
    try (Stream<String> sockets = Files.lines(Path.of("/proc/net/tcp"))) {
      return sockets
          .map(line -> line.trim().split(" +"))
          .filter(fields -> fields[3].equals("06"))
          .filter(fields -> fields[1].endsWith(hexPort) || fields[2].endsWith(hexPort))
          .map(fields -> fields[1] + " " + fields[2])
          .collect(Collectors.toSet());
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
