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
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.util.List;

/**
 * The admin HTTP server: {@code /metrics} for Prometheus; {@code /livez}: event loops and
 * reconciler run; {@code /readyz}: this node may own addresses; {@code /startupz}: the admin port
 * is of this process and no other one of this node.
 */
final class DataPlaneAdminServer {

  /** The content type that Prometheus 3 and earlier versions accept. */
  private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  /** For Prometheus, the kubelet and the other nodes, and for some people. */
  private static final int MAX_CONNECTIONS = 256;

  /** Longer than the usual interval of scrapes, so that they keep their connection. */
  private static final int IDLE_SECONDS = 75;

  private final MetricsCache metricsCache;
  private final EventLoopMonitor eventLoopMonitor;
  private final Vertx vertx;
  private final ProcessHealth health;

  /**
   * @param watched whose event loops must run
   */
  DataPlaneAdminServer(
      Vertx vertx, List<Vertx> watched, PrometheusMeterRegistry metrics, ProcessHealth health) {
    bindProcessMetrics(metrics);
    this.vertx = vertx;
    this.metricsCache = new MetricsCache(vertx, metrics);
    this.eventLoopMonitor = EventLoopMonitor.watch(watched);
    this.health = health;
  }

  /** Opens a listener; fails with the kernel's error if it cannot be opened. */
  Future<HttpServer> listen(SocketAddress address) {
    return vertx
        .createHttpServer(new HttpServerOptions().setIdleTimeout(IDLE_SECONDS))
        .connectionHandler(new ConnectionLimiter(MAX_CONNECTIONS)::opened)
        .requestHandler(this::answer)
        .listen(address);
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
      end(request, 405, "Use GET.\n");
      return;
    }
    switch (request.path()) {
      case "/metrics" -> scrape(request);
      case "/livez" -> respondLive(request);
      case "/readyz" -> respond(request, health.isReady() ? "" : "not ready");
      case "/startupz" ->
          respond(request, health.isStarted() ? "" : "another process serves this node");
      default -> end(request, 404, "Not found. Try /metrics, /livez, /readyz or /startupz.\n");
    }
  }

  private void respondLive(HttpServerRequest request) {
    String problem = eventLoopMonitor.problem();
    respond(request, problem.isEmpty() && !health.isAlive() ? "the reconciler is stuck" : problem);
  }

  private static void respond(HttpServerRequest request, String problem) {
    end(request, problem.isEmpty() ? 200 : 503, problem.isEmpty() ? "ok\n" : problem + "\n");
  }

  private void scrape(HttpServerRequest request) {
    metricsCache
        .text()
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
