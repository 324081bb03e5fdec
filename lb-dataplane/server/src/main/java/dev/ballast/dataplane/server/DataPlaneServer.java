package dev.ballast.dataplane.server;

import dev.ballast.dataplane.core.admission.NodeBudget;
import dev.ballast.dataplane.server.admin.DataPlaneAdminServer;
import dev.ballast.dataplane.server.announce.Announcer;
import dev.ballast.dataplane.server.relay.Relay;
import dev.ballast.dataplane.server.relay.RelaySettings;
import dev.ballast.dataplane.server.steering.Steering;
import dev.ballast.dataplane.server.steering.SteeringMetrics;
import dev.ballast.dataplane.server.steering.SteeringMode;
import dev.ballast.dataplane.server.steering.SteeringSetting;
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
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The data plane of one node: wires relay, announcer, controller and admin server. */
final class DataPlaneServer {

  private static final Logger log = LoggerFactory.getLogger(DataPlaneServer.class);

  /** Time for other nodes to see that this one terminates, and to announce its addresses. */
  private static final Duration HANDOVER_DELAY = Duration.ofSeconds(1);

  private static final Duration REPORT_REMOVAL_TIMEOUT = Duration.ofSeconds(3);

  private final Vertx vertx;

  /** For what traffic must not delay: decisions, health checks and the admin server. */
  private final Vertx control;

  private final Relay relay;
  private final Announcer announcer;
  private final Steering steering;
  private final DataPlaneController dataPlaneController;
  private final Duration drain;
  private volatile boolean shuttingDown;

  /** An error that a user can correct; the message says how. */
  static final class StartupException extends Exception {
    private static final long serialVersionUID = 1L;

    StartupException(String message) {
      super(message);
    }
  }

  private DataPlaneServer(
      Vertx vertx,
      Vertx control,
      Relay relay,
      Announcer announcer,
      Steering steering,
      DataPlaneController dataPlaneController,
      Duration drain) {
    this.vertx = vertx;
    this.control = control;
    this.relay = relay;
    this.announcer = announcer;
    this.steering = steering;
    this.dataPlaneController = dataPlaneController;
    this.drain = drain;
  }

  /**
   * @param podDeleted called when the Pod of this process is being deleted
   */
  static DataPlaneServer start(DataPlaneSettings settings, Runnable podDeleted)
      throws StartupException {
    var metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    Steering steering =
        settings.announcing() ? Steering.nftables(settings.steering()) : Steering.none();
    Announcer announcer = announcer(settings, steering);
    Vertx vertx = vertx(settings.eventLoops());
    Vertx control = vertx(1);
    NodeBudget budget = NodeBudget.of(ProcessLimitsReader.read(), settings.localPortsPercent());
    Relay relay =
        Relay.on(
            vertx, control, metrics, steering, new RelaySettings(settings.reservedPorts(), budget));
    requireSteering(settings, steering);
    SteeringMetrics.register(steering, metrics);
    DataPlaneController dataPlaneController =
        DataPlaneController.start(settings.node(), relay, announcer, metrics, podDeleted);
    var server =
        new DataPlaneServer(
            vertx, control, relay, announcer, steering, dataPlaneController, settings.drain());
    int port = server.listen(settings, metrics);
    log.atInfo()
        .addKeyValue(LogKeys.NODE, settings.node().name())
        .log("Started with metrics and health on {}:{}", settings.adminHost(), port);
    return server;
  }

  private static void requireSteering(DataPlaneSettings settings, Steering steering)
      throws StartupException {
    if (settings.announcing()
        && settings.steering() == SteeringSetting.TPROXY
        && steering.mode() != SteeringMode.TPROXY) {
      steering.close();
      throw new StartupException(
          "BALLAST_STEERING=tproxy needs the kernel module nft_tproxy and the capability NET_ADMIN."
              + " This node lacks one of them. Load the module (modprobe nft_tproxy), or set"
              + " BALLAST_STEERING=auto.");
    }
  }

  private static Announcer announcer(DataPlaneSettings settings, Steering steering)
      throws StartupException {
    try {
      return settings.announcing()
          ? Announcer.kernel(settings.networkInterface(), settings.probe(), steering)
          : Announcer.noop();
    } catch (IOException e) {
      throw new StartupException(
          "Cannot find or remove the addresses of an earlier process (%s)."
                  .formatted(e.getMessage())
              + " Add the capability NET_ADMIN to the container, or set BALLAST_ANNOUNCE=none.");
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
              control,
              List.of(vertx, control),
              settings.adminHost(),
              settings.adminPort(),
              metrics,
              dataPlaneController::alive,
              () -> dataPlaneController.ready() && !shuttingDown)
          .toCompletionStage()
          .toCompletableFuture()
          .get(10, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new StartupException(
          "Cannot listen on %s:%d for metrics and health (%s)."
                  .formatted(settings.adminHost(), settings.adminPort(), e.getMessage())
              + " Set BALLAST_ADMIN_HOST and BALLAST_ADMIN_PORT to a free address and port.");
    } catch (TimeoutException e) {
      throw new IllegalStateException("the event loops do not respond", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartupException("interrupted");
    }
  }

  /**
   * Shuts down gracefully:
   *
   * <ol>
   *   <li>The node turns unready, and stops reconciling and announcing. Other nodes see at the same
   *       time that its Pod terminates. They take over its addresses and announce them, so that new
   *       connections go to them. For one second, until the network has learned, this node still
   *       accepts connections.
   *   <li>It stops accepting, and waits until the last connection has ended, for at most the drain
   *       time. It keeps the addresses meanwhile: without them, the kernel drops every packet of
   *       these connections.
   *   <li>It releases the addresses, and removes the nftables tables and its reports.
   * </ol>
   */
  void shutDown() {
    shuttingDown = true;
    log.info("Shutting down, draining connections for up to {} s", drain.toSeconds());
    boolean announcing = announcer.isAnnouncing();
    try {
      announcer.stopAnnouncing();
      dataPlaneController.stopReconciling();
      if (announcing && dataPlaneController.peerCount() > 0) {
        Thread.sleep(HANDOVER_DELAY);
      }
      drain();
      announcer.close();
      // Last, since the tables keep the daemons of the node away from the addresses.
      steering.close();
      dataPlaneController.removeReports(REPORT_REMOVAL_TIMEOUT);
      dataPlaneController.close();
      vertx.close().await(1, TimeUnit.SECONDS);
      control.close().await(1, TimeUnit.SECONDS);
    } catch (InterruptedException | TimeoutException e) {
      log.debug("Shutdown interrupted", e);
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("Shutdown failed");
    }
    log.info("Shut down");
  }

  private void drain() throws InterruptedException {
    try {
      // The relay ends the drain itself; the extra time is for a relay that does not.
      relay.drain(drain).toCompletableFuture().get(drain.toSeconds() + 5, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      log.warn("Connections not drained: {}", e.toString());
    }
  }
}
