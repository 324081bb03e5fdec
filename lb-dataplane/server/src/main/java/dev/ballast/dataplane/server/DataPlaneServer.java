package dev.ballast.dataplane.server;

import dev.ballast.dataplane.server.admin.DataPlaneAdminServer;
import dev.ballast.dataplane.server.announce.Announcer;
import dev.ballast.dataplane.server.relay.Relay;
import dev.ballast.dataplane.server.sync.DataPlaneController;
import dev.ballast.logging.LogKeys;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.transport.Transport;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The parts of the process, wired. */
final class DataPlaneServer {

  private static final Logger log = LoggerFactory.getLogger(DataPlaneServer.class);

  /** Time for other nodes to see that this one leaves, and for the LAN to hear from them. */
  private static final Duration HANDOVER = Duration.ofSeconds(1);

  private static final Duration REPORTS = Duration.ofSeconds(3);

  private final Vertx vertx;
  private final Relay relay;
  private final Announcer announcer;
  private final DataPlaneController dataPlaneController;
  private final Duration drain;
  private volatile boolean leaving;

  /** What a user can put right; the message says how. */
  static final class StartupException extends Exception {
    private static final long serialVersionUID = 1L;

    StartupException(String message) {
      super(message);
    }
  }

  private DataPlaneServer(
      Vertx vertx,
      Relay relay,
      Announcer announcer,
      DataPlaneController dataPlaneController,
      Duration drain) {
    this.vertx = vertx;
    this.relay = relay;
    this.announcer = announcer;
    this.dataPlaneController = dataPlaneController;
    this.drain = drain;
  }

  /**
   * @param podDeleted called when the Pod of this process is being deleted
   */
  static DataPlaneServer start(DataPlaneSettings settings, Runnable podDeleted)
      throws StartupException {
    var metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    Announcer announcer = announcer(settings);
    Vertx vertx = vertx(settings.eventLoops());
    Relay relay = Relay.on(vertx, metrics);
    DataPlaneController dataPlaneController =
        DataPlaneController.start(settings.node(), relay, announcer, metrics, podDeleted);
    var server =
        new DataPlaneServer(vertx, relay, announcer, dataPlaneController, settings.drain());
    int port = server.listen(settings, metrics);
    log.atInfo()
        .addKeyValue(LogKeys.NODE, settings.node().name())
        .log("Started with metrics and health on {}:{}", settings.adminHost(), port);
    return server;
  }

  private static Announcer announcer(DataPlaneSettings settings) throws StartupException {
    try {
      return settings.announcing()
          ? Announcer.kernel(settings.networkInterface(), settings.probe())
          : Announcer.noop();
    } catch (IOException e) {
      throw new StartupException(
          "addresses left by an earlier process cannot be looked for or removed ("
              + e.getMessage()
              + "): the container needs the capability NET_ADMIN; BALLAST_ANNOUNCE=none does"
              + " without");
    }
  }

  /** No file cache: the root file system of a container is read-only. */
  static Vertx vertx(int eventLoops) {
    var options =
        new VertxOptions()
            .setEventLoopPoolSize(eventLoops)
            .setFileSystemOptions(
                new FileSystemOptions()
                    .setFileCachingEnabled(false)
                    .setClassPathResolvingEnabled(false));
    return Vertx.builder().with(options).withTransport(Transport.EPOLL).build();
  }

  private int listen(DataPlaneSettings settings, PrometheusMeterRegistry metrics)
      throws StartupException {
    try {
      return DataPlaneAdminServer.listen(
              vertx,
              settings.adminHost(),
              settings.adminPort(),
              metrics,
              dataPlaneController::alive,
              () -> dataPlaneController.ready() && !leaving)
          .toCompletionStage()
          .toCompletableFuture()
          .get(10, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new StartupException(
          "metrics and health cannot listen on %s:%d (%s): set BALLAST_ADMIN_HOST and"
                  .formatted(settings.adminHost(), settings.adminPort(), e.getMessage())
              + " BALLAST_ADMIN_PORT to what is free");
    } catch (TimeoutException e) {
      throw new IllegalStateException("no event loop answers", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartupException("interrupted");
    }
  }

  /**
   * Leaves the cluster with as little loss as a node can that has to go:
   *
   * <ol>
   *   <li>It turns unready and decides and announces nothing more. That its Pod is terminating is
   *       what other nodes see at the same time; they take its addresses over and tell the LAN, so
   *       new connections go to them. Until the LAN has heard, for a second, it still accepts.
   *   <li>It stops accepting, and waits until the last connection has ended, for at most the drain
   *       time. It keeps the addresses meanwhile: without them, the kernel would drop every packet
   *       of these connections.
   *   <li>It lets the addresses go, then removes its reports, since what they say is over.
   * </ol>
   */
  void leave() {
    leaving = true;
    log.info("leaving: others take over; connections have {} s to end", drain.toSeconds());
    try {
      announcer.stopAnnouncing();
      dataPlaneController.freeze();
      if (announcer.isAnnouncing() && dataPlaneController.peers() > 0) {
        Thread.sleep(HANDOVER);
      }
      drain();
      announcer.close();
      dataPlaneController.withdrawReports(REPORTS);
      dataPlaneController.close();
      vertx.close().await(1, TimeUnit.SECONDS);
    } catch (InterruptedException | TimeoutException e) {
      log.debug("leaving cut short", e);
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("leaving failed half-way");
    }
    log.info("left");
  }

  private void drain() throws InterruptedException {
    try {
      // The relay keeps the time itself; the rest is for a relay that does not.
      relay.drain(drain).toCompletableFuture().get(drain.toSeconds() + 5, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      log.warn("connections not drained in order: {}", e.toString());
    }
  }
}
