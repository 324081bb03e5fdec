package dev.ballast.dataplane.server.sync;

import dev.ballast.api.v1alpha1.LoadBalancerStatus;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.cluster.EndpointSliceSnapshot;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.cluster.NodeSettings;
import dev.ballast.dataplane.server.cluster.TestObjects;
import dev.ballast.dataplane.server.cluster.WorkQueue;
import dev.ballast.dataplane.server.handover.FakeHandoverExchange;
import dev.ballast.dataplane.server.handover.FormerOwners;
import dev.ballast.dataplane.server.handover.Handovers;
import dev.ballast.dataplane.server.membership.PeerClaims;
import dev.ballast.dataplane.server.status.StatusApi;
import dev.ballast.dataplane.server.status.StatusReport;
import dev.ballast.dataplane.server.status.StatusWriter;
import dev.ballast.dataplane.server.steering.forwarding.FlowForwarder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.Parameter;

/**
 * A reconciler on node n1, with a fake cluster, and a fake relay and announcer that record calls.
 */
abstract class NodeReconcilerFixture {

  /** The Services to reconcile. */
  enum ReconcileScope {
    ALL_SERVICES(WorkQueue.WorkItems.ALL),
    ONE_SERVICE(new WorkQueue.WorkItems(false, Set.of(WEB)));

    private final WorkQueue.WorkItems due;

    ReconcileScope(WorkQueue.WorkItems due) {
      this.due = due;
    }
  }

  private static final NodeSettings SETTINGS =
      new NodeSettings("n1", new NodeSettings.Membership.StaticMembership(Set.of("n1")));

  static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  static final ServiceKey WEB = new ServiceKey("default", "web");

  @Parameter ReconcileScope scope;

  final List<String> calls = new CopyOnWriteArrayList<>();
  final List<StatusReport> reports = new CopyOnWriteArrayList<>();
  final FakeClusterState cluster = new FakeClusterState();
  final FakeRelayControl relay = new FakeRelayControl(calls);
  private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(1);
  final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  final FakeAnnouncer announcer = new FakeAnnouncer(calls);

  final FakePeerChecker peerChecker = new FakePeerChecker();

  /** What other nodes tell directly. */
  final Map<String, Map<InetAddress, Long>> peerClaims = new HashMap<>();

  /** What this node has told the others last. */
  Map<InetAddress, Long> toldClaims = Map.of();

  /** What is sent to other nodes about addresses that move. */
  final FakeHandoverExchange handovers = new FakeHandoverExchange(calls);

  private final FlowForwarder forwarder = new FlowForwarder() {};

  private boolean active;

  /** The clock of this node, which stands still unless a test moves it. */
  long nanoTime;

  private final NodeReconciler nodeReconciler =
      new NodeReconciler(
          SETTINGS,
          cluster,
          new ClaimTable("n1", cluster, new FakePeerClaims(), () -> NOW),
          relay,
          announcer,
          Handovers.create(
              "n1",
              Duration.ofSeconds(30),
              relay::flows,
              handovers,
              new FormerOwners(
                  "n1",
                  forwarder,
                  (node, address) -> Optional.empty(),
                  silenced -> {},
                  () -> nanoTime),
              () -> nanoTime),
          new StatusWriter(
              "n1",
              new RecordingStatusApi(),
              threads,
              InstantSource.system(),
              new SimpleMeterRegistry()),
          peerChecker,
          () -> nanoTime,
          metrics);

  private final class FakePeerClaims implements PeerClaims {
    @Override
    public Map<String, Map<InetAddress, Long>> claims() {
      return peerClaims;
    }

    @Override
    public void tell(Map<InetAddress, Long> epochs) {
      toldClaims = epochs;
    }
  }

  private final class RecordingStatusApi implements StatusApi {
    @Override
    public long apply(ServiceKey id, String uid, StatusReport report, Map<String, String> since) {
      calls.add("report");
      reports.add(report);
      return 100;
    }

    @Override
    public long remove(ServiceKey id, String uid, String node) {
      calls.add("remove report of " + node);
      return 200;
    }
  }

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  /** This node serves the Service, and its report says so. */
  void serveWeb() throws Exception {
    cluster.configs.put(WEB, reportedBy(99, "n1"));
    cluster.slices.put(WEB, slices());
    reconcile();
  }

  static LoadBalancerConfig reportedBy(long version, String... nodes) {
    var object = TestObjects.loadBalancer("default", "web", "198.18.100.7");
    object.getMetadata().setResourceVersion(String.valueOf(version));
    object.setStatus(reports(nodes));
    return TestObjects.parse(object, "n1");
  }

  static LoadBalancerStatus reports(String... nodes) {
    return new LoadBalancerStatus(
        List.of(),
        Arrays.stream(nodes)
            .map(
                node ->
                    new NodeReport(
                        node, 1L, List.of("198.18.100.7"), List.of(), List.of(), "1/1", List.of()))
            .toList());
  }

  NodeReconciler.ReconcileResult prepare() throws Exception {
    return prepare(scope.due);
  }

  NodeReconciler.ReconcileResult prepare(WorkQueue.WorkItems due) throws Exception {
    return nodeReconciler.prepare(due, true);
  }

  void activate() throws Exception {
    nodeReconciler.activate();
    active = true;
  }

  void deactivate() {
    nodeReconciler.deactivate().toCompletableFuture().join();
  }

  NodeReconciler.ReconcileResult reconcile() throws Exception {
    return reconcile(scope.due);
  }

  NodeReconciler.ReconcileResult reconcile(WorkQueue.WorkItems due) throws Exception {
    if (!active) {
      activate();
      calls.clear();
    }
    NodeReconciler.ReconcileResult result = nodeReconciler.reconcile(due);
    // Waits until the writer's only thread has run all writes.
    threads.schedule(() -> {}, 0, TimeUnit.NANOSECONDS).get(5, TimeUnit.SECONDS);
    return result;
  }

  static LoadBalancerConfig config() {
    return TestObjects.parse(TestObjects.loadBalancer("default", "web", "198.18.100.7"), "n1");
  }

  static List<EndpointSliceSnapshot> slices() {
    return new ArrayList<>(
        List.of(TestObjects.parse(WEB, TestObjects.slice("default", "web", "web-1", "10.0.0.1"))));
  }
}
