package dev.ballast.bench;

import java.util.stream.LongStream;

/** Quantiles in milliseconds, by nearest rank: each is a measured value. */
record Quantiles(double p50, double p95, double max) {

  static Quantiles ofNanos(LongStream values) {
    long[] sorted = values.sorted().toArray();
    return new Quantiles(rank(sorted, 0.50), rank(sorted, 0.95), rank(sorted, 1.0));
  }

  /** In milliseconds; {@code sorted}: nanoseconds. */
  static double rank(long[] sorted, double quantile) {
    int index = (int) Math.ceil(quantile * sorted.length) - 1;
    return Math.round(sorted[Math.max(index, 0)] / 10_000.0) / 100.0;
  }

  @Override
  public String toString() {
    return "p50 %8.2f ms   p95 %8.2f ms   max %8.2f ms".formatted(p50, p95, max);
  }
}
