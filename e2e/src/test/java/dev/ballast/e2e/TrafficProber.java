package dev.ballast.e2e;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** A client that sends requests in a loop, each on a new connection, during a fault. */
final class TrafficProber implements AutoCloseable {

  private static final Duration PAUSE = Duration.ofMillis(50);

  /** A machine of two cores with a cluster on it stands still for a second now and then. */
  private static final int PATIENCE_SECONDS = 3;

  private final String url;
  private final Thread thread = Thread.ofVirtual().unstarted(this::ask);
  private final List<Long> successNanos = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();
  private volatile boolean stopped;

  private TrafficProber(String url) {
    this.url = url;
  }

  /**
   * What came of it.
   *
   * @param failures what each request without a 200 ended with
   * @param longestGap between two answers
   */
  record Findings(int answers, List<String> failures, Duration longestGap) {}

  static TrafficProber start(String url) {
    TrafficProber trafficProber = new TrafficProber(url);
    trafficProber.successNanos.add(System.nanoTime());
    trafficProber.thread.start();
    return trafficProber;
  }

  Findings stop() {
    close();
    long longest = 0;
    for (int i = 1; i < successNanos.size(); i++) {
      longest = Math.max(longest, successNanos.get(i) - successNanos.get(i - 1));
    }
    Findings findings =
        new Findings(successNanos.size() - 1, failures, Duration.ofMillis(longest / 1_000_000));
    System.out.printf(
        "    %d answers, %d failures, longest time without an answer %d ms%n",
        findings.answers(), failures.size(), findings.longestGap().toMillis());
    failures.stream().distinct().limit(5).forEach(it -> System.out.println("    failure: " + it));
    return findings;
  }

  @Override
  public void close() {
    stopped = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void ask() {
    while (!stopped) {
      ExternalClient.HttpAnswer httpAnswer = ExternalClient.get(url, PATIENCE_SECONDS);
      if (httpAnswer.status() == 200) {
        successNanos.add(System.nanoTime());
      } else {
        failures.add(
            httpAnswer.status() + " " + httpAnswer.body().replaceAll("after \\d+ ms", "…"));
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }
}
