package dev.ballast.dataplane.core.failure;

import java.time.Duration;

/**
 * How long to wait for the next heartbeat of a node: the mean gap and ten standard deviations, as
 * far as they were observed, within bounds. Loss on the way makes gaps longer, and so counts too.
 * Ten, since gaps by loss have a longer tail than those by jitter.
 */
final class HeartbeatTimeout {

  static final Duration MIN = Duration.ofMillis(400);
  static final Duration MAX = Duration.ofMillis(900);

  private static final double WEIGHT = 1.0 / 32;
  private static final double DEVIATIONS = 10;

  private double mean = FailureDetector.PERIOD.toNanos();

  /** A network is not trusted before some seconds of it were seen. */
  private double variance = Math.pow((MAX.toNanos() - mean) / DEVIATIONS, 2);

  /**
   * Takes one gap into account. One that is longer than every timeout was a failure, and says
   * nothing about the network.
   */
  void observe(long gapNanos) {
    if (gapNanos <= MAX.toNanos()) {
      double deviation = gapNanos - mean;
      mean += WEIGHT * deviation;
      variance = (1 - WEIGHT) * (variance + WEIGHT * deviation * deviation);
    }
  }

  long nanos() {
    double timeout = mean + DEVIATIONS * Math.sqrt(variance);
    return Math.clamp((long) timeout, MIN.toNanos(), MAX.toNanos());
  }
}
