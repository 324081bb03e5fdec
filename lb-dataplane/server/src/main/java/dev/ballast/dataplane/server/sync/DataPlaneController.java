package dev.ballast.dataplane.server.sync;

import dev.ballast.apiclient.DataPlaneApiClient;
import dev.ballast.dataplane.server.announce.Announcer;
import dev.ballast.dataplane.server.claims.PeerExchange;
import dev.ballast.dataplane.server.cluster.ClusterWatcher;
import dev.ballast.dataplane.server.cluster.NodeSettings;
import dev.ballast.dataplane.server.cluster.WorkQueue;
import dev.ballast.dataplane.server.diagnosis.Finding;
import dev.ballast.dataplane.server.handover.FormerOwners;
import dev.ballast.dataplane.server.handover.Handovers;
import dev.ballast.dataplane.server.hotrestart.NodeLock;
import dev.ballast.dataplane.server.hotrestart.RoleListener;
import dev.ballast.dataplane.server.relay.Relay;
import dev.ballast.dataplane.server.status.NodeStatusWriter;
import dev.ballast.dataplane.server.status.StatusWriter;
import dev.ballast.dataplane.server.steering.forwarding.FormerOwner;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The controller of this node: watches the cluster, reconciles relay and announcer with it, and
 * reports. One thread of its own reconciles.
 */
public final class DataPlaneController implements AutoCloseable {

  private static final int API_THREADS = 4;
  private static final long NODE_REPORT_SECONDS = 2;
  private static final Duration HANDOVER_POLL = Duration.ofMillis(10);

  private final KubernetesClient client;
  private final ScheduledThreadPoolExecutor threads;
  private final ClusterWatcher clusterWatcher;
  private final StatusWriter statusWriter;
  private final NodeReconciler nodeReconciler;
  private final NodeReporter nodeReporter;
  private final NodeChecks nodeChecks;
  private final RelayControl relayControl;
  private final ActiveProcess activeProcess;
  private final PeerExchange peerExchange;
  private final FormerOwners formerOwners;
  private final Semaphore wakeUps = new Semaphore(0);
  private final WorkQueue workQueue = new WorkQueue(wakeUps::release);
  private final ReconcileLoop reconcileLoop;

  /**
   * Starts in the background, and waits for the API server for as long as it takes.
   *
   * @param nodeLock decides when this process serves
   * @param drain how long connections may go on when another process takes the ports of this one
   */
  public static DataPlaneController start(
      NodeSettings settings,
      Relay relay,
      Announcer announcer,
      MeterRegistry metrics,
      NodeLock nodeLock,
      Duration drain,
      NodeChecks nodeChecks,
      RoleListener roleListener) {
    var dataPlaneController =
        new DataPlaneController(
            DataPlaneApiClient.create(Config.autoConfigure(null)),
            settings,
            RelayControl.of(relay, drain),
            announcer,
            metrics,
            nodeLock,
            nodeChecks,
            roleListener);
    relay.onChange(dataPlaneController.workQueue::add);
    dataPlaneController.startThread();
    return dataPlaneController;
  }

  DataPlaneController(
      KubernetesClient client,
      NodeSettings settings,
      RelayControl relayControl,
      Announcer announcer,
      MeterRegistry metrics,
      NodeLock nodeLock,
      NodeChecks nodeChecks,
      RoleListener roleListener) {
    this.client = client;
    this.nodeChecks = nodeChecks;
    this.relayControl = relayControl;
    this.formerOwners =
        new FormerOwners(
            settings.name(),
            nodeChecks.steering(),
            (node, address) -> formerOwner(node, address, announcer),
            announcer::silence,
            System::nanoTime);
    this.peerExchange =
        new PeerExchange(
            nodeChecks.heartbeats(settings, workQueue::wake, metrics),
            nodeChecks.steering(),
            nodeChecks.claims(),
            formerOwners,
            this::claimsChanged);
    this.threads =
        new ScheduledThreadPoolExecutor(
            API_THREADS, Thread.ofPlatform().daemon().name("api-", 0).factory());
    threads.setRemoveOnCancelPolicy(true);
    this.clusterWatcher =
        new ClusterWatcher(client, settings, peerExchange::liveness, threads, workQueue, metrics);
    this.statusWriter = StatusWriter.create(settings.name(), client, threads, metrics);
    this.nodeReconciler =
        new NodeReconciler(
            settings,
            clusterWatcher,
            new ClaimTable(settings.name(), clusterWatcher, peerExchange, InstantSource.system()),
            relayControl,
            announcer,
            Handovers.create(
                settings.name(),
                relayControl.drain(),
                relayControl::flows,
                peerExchange.handovers(),
                formerOwners,
                System::nanoTime),
            statusWriter,
            nodeChecks.peerChecker(),
            System::nanoTime,
            metrics);
    this.activeProcess =
        new ActiveProcess(
            nodeLock,
            nodeReconciler,
            relayControl.steeringMode(),
            roleListener.after(peerExchange::start, peerExchange::disarm, peerExchange::stop));
    this.reconcileLoop =
        new ReconcileLoop(
            clusterWatcher,
            nodeReconciler,
            activeProcess,
            peerExchange,
            roleListener,
            relayControl.steeringMode(),
            workQueue,
            wakeUps);
    announcer.onChange(workQueue::wake, workQueue::addAll);
    this.nodeReporter = nodeReporter(settings.name(), announcer, metrics);
    if (nodeChecks.reporting()) {
      var unused =
          threads.scheduleWithFixedDelay(
              nodeReporter::report, NODE_REPORT_SECONDS, NODE_REPORT_SECONDS, TimeUnit.SECONDS);
    }
  }

  private NodeReporter nodeReporter(String self, Announcer announcer, MeterRegistry metrics) {
    return new NodeReporter(
        self,
        nodeChecks.version(),
        clusterWatcher,
        announcer,
        new NodeStatusWriter(self, client),
        // Not before a reconciliation, which knows what an earlier process has found.
        () -> ready() && activeProcess.isActive(),
        new NodeReporter.Sources(
            relayControl::steeringMode, this::findings, nodeChecks.peerChecker()::results),
        metrics);
  }

  private Optional<FormerOwner> formerOwner(String node, InetAddress address, Announcer announcer) {
    return AddressMoves.formerOwner(node, address, clusterWatcher.nodeAddresses(), announcer);
  }

  private void claimsChanged(Set<InetAddress> addresses) {
    workQueue.add(clusterWatcher.servicesWith(addresses));
  }

  private List<Finding> findings() {
    List<Finding> all = new ArrayList<>(nodeChecks.findings().get());
    all.addAll(peerExchange.findings(clusterWatcher.members().nodes()));
    return all;
  }

  void startThread() {
    reconcileLoop.start();
  }

  /** Requests a reconciliation of every Service. Never blocks. */
  void reconcileAll() {
    workQueue.addAll();
  }

  /** Whether this process has listed the cluster, and served it once. Stays true. */
  public boolean ready() {
    return reconcileLoop.ready();
  }

  /** Whether this process has the node, and no other one can become active. */
  public boolean hasNode() {
    return activeProcess.hasNode();
  }

  /** Whether this process serves the node, and no other one does. */
  public boolean active() {
    return activeProcess.isActive();
  }

  /** Whether another process of this node is there, and this one has the node. */
  public boolean isAwaited() {
    return activeProcess.isAwaited();
  }

  /**
   * Lets any other process of this node serve it, which happens soon. This one goes on till then.
   */
  public void leaveNode() {
    activeProcess.leave();
    wakeUps.release();
  }

  /** Never serves the node any more. */
  public void closeLock() {
    activeProcess.close();
  }

  /** Whether the reconciler's thread runs and is not stuck. */
  public boolean alive() {
    return reconcileLoop.alive();
  }

  /**
   * Stops reconciling. What this node serves stays as it is. Waits for a running reconciliation, so
   * that the caller may use the relay, but not for one that is stuck.
   */
  public void stopReconciling() throws InterruptedException {
    reconcileLoop.stop();
    reconcileLoop.join();
  }

  /**
   * Lets other nodes take all addresses of this one. Connections go on here, and so does what no
   * other node takes within the time-out.
   */
  public void handOver(Duration timeout) throws InterruptedException {
    reconcileLoop.setIneligible();
    nodeReconciler.leave();
    reconcileAll();
    long end = System.nanoTime() + timeout.toNanos();
    while (nodeReconciler.claimCount() > 0 && System.nanoTime() - end < 0) {
      Thread.sleep(HANDOVER_POLL);
    }
  }

  /** Tells other nodes once more which connections of their addresses are here. */
  public void sendFlowsAgain() {
    nodeReconciler.addressMoves().sendAgain();
  }

  /** Other nodes need pass nothing on to this one. */
  public void releaseDrained() {
    nodeReconciler.addressMoves().releaseAll();
  }

  /** The number of other nodes that may own addresses; 0 until the cluster has been listed. */
  public int peerCount() {
    return clusterWatcher.peerCount();
  }

  /** Removes this node's reports. Call {@link #stopReconciling} first. */
  public void removeReports(Duration timeout) throws InterruptedException {
    nodeReporter.stop();
    if (nodeChecks.reporting()) {
      threads.execute(nodeReporter::delete);
    }
    statusWriter.removeReports(timeout);
  }

  @Override
  public void close() {
    reconcileLoop.stop();
    nodeReporter.stop();
    activeProcess.close();
    clusterWatcher.close();
    peerExchange.close();
    formerOwners.close();
    nodeChecks.peerChecker().close();
    threads.shutdownNow();
    client.close();
  }
}
