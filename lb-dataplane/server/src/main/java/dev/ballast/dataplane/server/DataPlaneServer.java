package dev.ballast.dataplane.server;

import dev.ballast.dataplane.core.admission.NodeBudget;
import dev.ballast.dataplane.server.admin.AdminListeners;
import dev.ballast.dataplane.server.admin.ProcessHealth;
import dev.ballast.dataplane.server.announce.Announcer;
import dev.ballast.dataplane.server.diagnosis.NodeDiagnosis;
import dev.ballast.dataplane.server.hotrestart.NodeLock;
import dev.ballast.dataplane.server.hotrestart.RoleListener;
import dev.ballast.dataplane.server.relay.Relay;
import dev.ballast.dataplane.server.relay.RelaySettings;
import dev.ballast.dataplane.server.steering.SelfFencing;
import dev.ballast.dataplane.server.steering.Steering;
import dev.ballast.dataplane.server.steering.SteeringMetrics;
import dev.ballast.dataplane.server.steering.SteeringMode;
import dev.ballast.dataplane.server.steering.SteeringSetting;
import dev.ballast.dataplane.server.sync.DataPlaneController;
import dev.ballast.logging.LogKeys;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.channel.EventLoop;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.transport.Transport;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The data plane of one node: wires relay, announcer, controller and admin server. */
final class DataPlaneServer {

  private static final Logger log = LoggerFactory.getLogger(DataPlaneServer.class);

  /** Time for other nodes to take the addresses of this one, also when they have much to do. */
  private static final Duration TAKEOVER_TIMEOUT = Duration.ofSeconds(5);

  /** Time for the network to learn the new owner of an address that was taken in another way. */
  private static final Duration LEARNING_TIME = Duration.ofSeconds(1);

  private static final Duration REPORT_REMOVAL_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration HANDOVER_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration POLL = Duration.ofMillis(50);

  private final Vertx vertx;

  /** For what traffic must not delay: decisions, health checks and the admin server. */
  private final Vertx control;

  private final Relay relay;
  private final Announcer announcer;
  private final Steering steering;
  private final DataPlaneController dataPlaneController;
  private final Duration drain;
  private final Optional<NodeDiagnosis> diagnosis;
  private final AtomicBoolean shuttingDown;

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
      Optional<NodeDiagnosis> diagnosis,
      AtomicBoolean shuttingDown,
      Duration drain) {
    this.vertx = vertx;
    this.control = control;
    this.relay = relay;
    this.announcer = announcer;
    this.steering = steering;
    this.dataPlaneController = dataPlaneController;
    this.diagnosis = diagnosis;
    this.shuttingDown = shuttingDown;
    this.drain = drain;
  }

  /**
   * @param podDeleted called when the Pod of this process is being deleted
   */
  static DataPlaneServer start(DataPlaneSettings settings, Runnable podDeleted)
      throws StartupException {
    var metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    Steering steering =
        settings.announcing()
            ? Steering.nftables(settings.steering(), new SelfFencing(settings.peerPort()))
            : Steering.none();
    Announcer announcer = announcer(settings, steering);
    Vertx vertx = vertx(settings.eventLoops());
    Vertx control = vertx(1);
    NodeBudget budget = NodeBudget.of(ProcessLimitsReader.read(), settings.localPortsPercent());
    Relay relay =
        Relay.on(
            vertx, control, metrics, steering, new RelaySettings(settings.reservedPorts(), budget));
    requireSteering(settings, steering);
    SteeringMetrics.register(steering, metrics);
    NodeLock nodeLock =
        settings.announcing() ? NodeLock.unixSocket(loopOf(control)) : NodeLock.unshared();
    var health = new ControllerHealth();
    var adminListeners =
        new AdminListeners(
            control,
            List.of(vertx, control),
            settings.adminHost(),
            settings.adminPort(),
            metrics,
            health);
    health.adminListeners = adminListeners;
    listen(settings, adminListeners);
    Optional<NodeDiagnosis> diagnosis =
        settings.announcing()
            ? Optional.of(
                NodeDiagnosis.start(announcer, steering, settings.steering(), settings.firewall()))
            : Optional.empty();
    DataPlaneController dataPlaneController =
        DataPlaneController.start(
            settings.node(),
            relay,
            announcer,
            metrics,
            nodeLock,
            settings.drain(),
            NodeChecksFactory.create(settings, announcer, steering, diagnosis),
            new NodeRole(settings.announcing(), adminListeners, diagnosis, podDeleted));
    health.controller = dataPlaneController;
    log.atInfo().addKeyValue(LogKeys.NODE, settings.node().name()).log("Started");
    return new DataPlaneServer(
        vertx,
        control,
        relay,
        announcer,
        steering,
        dataPlaneController,
        diagnosis,
        health.shuttingDown,
        settings.drain());
  }

  private static EventLoop loopOf(Vertx vertx) {
    return (EventLoop) ((VertxInternal) vertx).nettyEventLoopGroup().iterator().next();
  }

  /** The health before and after the start of the controller. */
  private static final class ControllerHealth implements ProcessHealth {
    final AtomicBoolean shuttingDown = new AtomicBoolean();
    volatile @Nullable DataPlaneController controller;
    volatile @Nullable AdminListeners adminListeners;

    @Override
    public boolean isAlive() {
      DataPlaneController started = controller;
      return started == null || started.alive();
    }

    @Override
    public boolean isReady() {
      DataPlaneController started = controller;
      return started != null && started.ready() && !shuttingDown.get();
    }

    @Override
    public boolean isStarted() {
      DataPlaneController started = controller;
      AdminListeners listening = adminListeners;
      return started != null
          && listening != null
          && (started.ready() || (started.hasNode() && listening.isOnAdminPort()));
    }
  }

  /**
   * The admin port follows the role of the process.
   *
   * @param shared whether the node may have another process
   */
  private record NodeRole(
      boolean shared,
      AdminListeners adminListeners,
      Optional<NodeDiagnosis> diagnosis,
      Runnable podDeleted)
      implements RoleListener {

    @Override
    public void lockAcquired() {
      if (shared) {
        adminListeners.listenOnAdminPort();
      }
      diagnosis.ifPresent(it -> it.setActive(true));
    }

    @Override
    public void lockReleased() {
      diagnosis.ifPresent(it -> it.setActive(false));
      adminListeners.leaveAdminPort();
    }

    @Override
    public void terminating() {
      podDeleted.run();
    }
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
          "Cannot watch the routes of this node (%s).".formatted(e.getMessage())
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

  /** A process that may share its node takes the admin port when it becomes active. */
  private static void listen(DataPlaneSettings settings, AdminListeners adminListeners)
      throws StartupException {
    try {
      adminListeners.listenOn(settings.adminSocket());
      if (settings.announcing()) {
        adminListeners.leaveAdminPort();
      } else {
        int port = adminListeners.listen();
        log.info("Metrics and health are on {}:{}", settings.adminHost(), port);
      }
    } catch (IOException e) {
      throw new StartupException(
          "Cannot listen on %s:%d for metrics and health (%s)."
                  .formatted(settings.adminHost(), settings.adminPort(), e.getMessage())
              + " Set BALLAST_ADMIN_HOST and BALLAST_ADMIN_PORT to a free address and port.");
    }
  }

  /**
   * Shuts down gracefully:
   *
   * <ol>
   *   <li>The node turns unready, and tells other nodes that it leaves. They take over its
   *       addresses and announce them, so that new connections go to them. They pass packets of old
   *       connections on to this node.
   *   <li>It waits until the last connection has ended, for at most the drain time. It keeps the
   *       addresses meanwhile: without them, the kernel drops every packet of these connections.
   *       For one second at least, it accepts connections too, until the network has learned.
   *   <li>It releases the addresses, and removes the nftables tables and its reports.
   * </ol>
   *
   * <p>If another process of this node is there, that one serves. This one only waits for its
   * connections.
   */
  void shutDown() {
    shuttingDown.set(true);
    log.info("Shutting down, draining connections for up to {} s", drain.toSeconds());
    long deadline = System.nanoTime() + drain.toNanos();
    try {
      boolean alone = !leaveNode(deadline);
      if (!alone) {
        dataPlaneController.closeLock();
      }
      boolean announcing = announcer.isAnnouncing();
      boolean peers = announcing && alone && dataPlaneController.peerCount() > 0;
      // Others need not wait until the API server has told them.
      dataPlaneController.handOver(peers ? TAKEOVER_TIMEOUT : Duration.ZERO);
      announcer.stopAnnouncing();
      dataPlaneController.stopReconciling();
      if (peers) {
        Thread.sleep(LEARNING_TIME);
        dataPlaneController.sendFlowsAgain();
        awaitEmpty(deadline);
      }
      drain(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
      dataPlaneController.releaseDrained();
      announcer.close();
      // Last, since the tables keep the daemons of the node away from the addresses.
      steering.close();
      if (alone) {
        diagnosis.ifPresent(NodeDiagnosis::removeFirewallRules);
        dataPlaneController.removeReports(REPORT_REMOVAL_TIMEOUT);
      }
      diagnosis.ifPresent(NodeDiagnosis::close);
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

  /**
   * Lets another process of this node serve it, if there is one, and waits for the end of all
   * connections. If the other process ends first, this one serves again, until the deadline.
   *
   * @return false if this process is the one that serves
   */
  private boolean leaveNode(long deadline) throws InterruptedException {
    dataPlaneController.leaveNode();
    long handover = System.nanoTime() + HANDOVER_TIMEOUT.toNanos();
    while (dataPlaneController.active()
        && dataPlaneController.isAwaited()
        && System.nanoTime() - handover < 0) {
      Thread.sleep(POLL);
    }
    if (dataPlaneController.active()) {
      return false;
    }
    CompletableFuture<Void> empty = relay.whenEmpty();
    while (System.nanoTime() - deadline < 0 && !(empty.isDone() && !dataPlaneController.active())) {
      Thread.sleep(POLL);
    }
    return !dataPlaneController.active();
  }

  /** UDP flows end with their listeners, so these stay open. */
  private void awaitEmpty(long deadline) throws InterruptedException {
    try {
      relay.whenEmpty().get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException e) {
      log.info("Not every connection has ended within {} s", drain.toSeconds());
    }
  }

  private void drain(Duration grace) throws InterruptedException {
    try {
      // The relay ends the drain itself; the extra time is for a relay that does not.
      relay.drain(grace).toCompletableFuture().get(grace.toSeconds() + 5, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      log.warn("Connections not drained: {}", e.toString());
    }
  }
}
