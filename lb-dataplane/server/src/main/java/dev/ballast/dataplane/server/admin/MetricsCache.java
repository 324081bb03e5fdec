package dev.ballast.dataplane.server.admin;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The rendered metrics: a scrape walks all meters, so scrapes within a second get the same text.
 * Used on one event loop.
 */
final class MetricsCache {

  private static final long MAX_AGE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Vertx vertx;
  private final PrometheusMeterRegistry metrics;
  private @Nullable Future<String> last;
  private long renderedNanos;

  MetricsCache(Vertx vertx, PrometheusMeterRegistry metrics) {
    this.vertx = vertx;
    this.metrics = metrics;
  }

  /** The text for Prometheus, rendered outside of the event loop. */
  Future<String> text() {
    long now = System.nanoTime();
    if (last == null || last.failed() || now - renderedNanos > MAX_AGE_NANOS) {
      renderedNanos = now;
      last = vertx.executeBlocking(metrics::scrape);
    }
    return last;
  }
}
