package dev.ballast.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * A client outside the cluster that opens a connection every 20 ms, whether or not those before it
 * have an answer. It gives up each one before the kernel repeats a SYN after a second, because that
 * hides when an address answers again.
 */
final class ConnectionProber implements AutoCloseable {

  private static final Duration EVERY = Duration.ofMillis(20);
  private static final Duration TIMEOUT = Duration.ofMillis(200);
  private static final byte[] REQUEST =
      "GET /hostname HTTP/1.1\r\nHost: prober\r\nConnection: close\r\n\r\n".getBytes(US_ASCII);

  private final InetSocketAddress address;
  private final Thread thread = Thread.ofVirtual().unstarted(this::connectAtRate);
  private final ConcurrentLinkedQueue<Attempt> attempts = new ConcurrentLinkedQueue<>();
  private volatile boolean stopped;

  private record Attempt(long startNanos, long endNanos, boolean answered) {}

  private ConnectionProber(InetSocketAddress address) {
    this.address = address;
  }

  static ConnectionProber start(String address, int port) {
    ConnectionProber prober = new ConnectionProber(new InetSocketAddress(address, port));
    prober.thread.start();
    return prober;
  }

  /** Whether a connection that was opened after this time on the clock of nanoTime has failed. */
  boolean failedSince(long nanos) {
    return attempts.stream().anyMatch(it -> it.startNanos > nanos && !it.answered);
  }

  /**
   * Whether a connection that was opened after this time on the clock of nanoTime got an answer.
   */
  boolean answeredSince(long nanos) {
    return attempts.stream().anyMatch(it -> it.startNanos > nanos && it.answered);
  }

  /** The longest time from the start of a failed attempt to the first answer to a later one. */
  Duration longestOutage() {
    List<Attempt> inOrder =
        attempts.stream().sorted(Comparator.comparingLong(Attempt::startNanos)).toList();
    long longest = 0;
    long failedAt = 0;
    boolean failing = false;
    for (Attempt attempt : inOrder) {
      if (!failing && !attempt.answered) {
        failedAt = attempt.startNanos;
        failing = true;
      }
      if (failing) {
        longest = Math.max(longest, attempt.endNanos - failedAt);
      }
      failing = !attempt.answered;
    }
    return Duration.ofNanos(longest);
  }

  private void connectAtRate() {
    long next = System.nanoTime();
    while (!stopped) {
      Thread.ofVirtual().start(this::connectOnce);
      next += EVERY.toNanos();
      LockSupport.parkNanos(next - System.nanoTime());
    }
  }

  private void connectOnce() {
    long start = System.nanoTime();
    boolean answered = isAnswered(start + TIMEOUT.toNanos());
    attempts.add(new Attempt(start, System.nanoTime(), answered));
  }

  private boolean isAnswered(long deadlineNanos) {
    try (Socket socket = new Socket()) {
      socket.connect(address, millisUntil(deadlineNanos));
      socket.setSoTimeout(millisUntil(deadlineNanos));
      socket.getOutputStream().write(REQUEST);
      return new String(socket.getInputStream().readNBytes(12), US_ASCII).endsWith(" 200");
    } catch (IOException e) {
      return false;
    }
  }

  /** At least one, because zero means for ever. */
  private static int millisUntil(long deadlineNanos) {
    return (int) Math.max(1, Duration.ofNanos(deadlineNanos - System.nanoTime()).toMillis());
  }

  @Override
  public void close() {
    stopped = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    System.out.printf(
        "    %d connections, %d without an answer, longest outage %d ms%n",
        attempts.size(),
        attempts.stream().filter(it -> !it.answered).count(),
        longestOutage().toMillis());
  }
}
