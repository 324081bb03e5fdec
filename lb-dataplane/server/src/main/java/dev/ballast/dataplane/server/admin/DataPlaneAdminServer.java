package dev.ballast.dataplane.server.admin;

import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * {@code /metrics} for Prometheus; {@code /livez}: the event loops and the deciding thread get on;
 * {@code /readyz}: this node may own addresses.
 */
public final class DataPlaneAdminServer {

  /** What Prometheus 3 and the text formats before it agree on. */
  private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final Vertx vertx;
  private final PrometheusMeterRegistry metrics;
  private final EventLoopMonitor eventLoopMonitor;
  private final BooleanSupplier alive;
  private final BooleanSupplier ready;

  private DataPlaneAdminServer(
      Vertx vertx, PrometheusMeterRegistry metrics, BooleanSupplier alive, BooleanSupplier ready) {
    this.vertx = vertx;
    this.metrics = metrics;
    this.eventLoopMonitor = EventLoopMonitor.watch(vertx);
    this.alive = alive;
    this.ready = ready;
  }

  /**
   * Listens.
   *
   * @param alive whether the rest of the process gets on, the event loops apart
   * @param ready whether this node may own addresses
   * @return the port; fails with what the kernel says when it cannot be listened on
   */
  public static Future<Integer> listen(
      Vertx vertx,
      String host,
      int port,
      PrometheusMeterRegistry metrics,
      BooleanSupplier alive,
      BooleanSupplier ready) {
    bindProcessMetrics(metrics);
    var dataPlaneAdminServer = new DataPlaneAdminServer(vertx, metrics, alive, ready);
    return vertx
        .createHttpServer()
        .requestHandler(dataPlaneAdminServer::answer)
        .listen(port, host)
        .map(HttpServer::actualPort);
  }

  // The GC's listener lives as long as the process does.
  @SuppressWarnings("resource")
  private static void bindProcessMetrics(PrometheusMeterRegistry metrics) {
    List<MeterBinder> binders =
        List.of(
            new JvmMemoryMetrics(),
            new JvmGcMetrics(),
            new JvmThreadMetrics(),
            new ProcessorMetrics(),
            new FileDescriptorMetrics(),
            new UptimeMetrics());
    binders.forEach(binder -> binder.bindTo(metrics));
  }

  private void answer(HttpServerRequest request) {
    if (!request.method().equals(HttpMethod.GET)) {
      end(request, 405, "GET only\n");
      return;
    }
    switch (request.path()) {
      case "/metrics" -> scrape(request);
      case "/livez" -> live(request);
      case "/readyz" -> verdict(request, ready.getAsBoolean() ? "" : "not ready");
      default -> end(request, 404, "try /metrics, /livez or /readyz\n");
    }
  }

  private void live(HttpServerRequest request) {
    String complaint = eventLoopMonitor.complaint();
    verdict(
        request,
        complaint.isEmpty() && !alive.getAsBoolean() ? "the conductor is stuck" : complaint);
  }

  private static void verdict(HttpServerRequest request, String complaint) {
    end(request, complaint.isEmpty() ? 200 : 503, complaint.isEmpty() ? "ok\n" : complaint + "\n");
  }

  /** A scrape walks all meters: off the event loops, which carry traffic. */
  private void scrape(HttpServerRequest request) {
    vertx
        .executeBlocking(metrics::scrape)
        .onSuccess(text -> request.response().putHeader("content-type", METRICS_TYPE).end(text))
        .onFailure(failure -> end(request, 500, failure + "\n"));
  }

  private static void end(HttpServerRequest request, int status, String text) {
    request
        .response()
        .setStatusCode(status)
        .putHeader("content-type", "text/plain; charset=utf-8")
        .end(text);
  }
}
