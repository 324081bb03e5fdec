package dev.ballast.dataplane.server.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.cluster.NodeSettings;
import dev.ballast.dataplane.server.cluster.TestObjects;
import dev.ballast.dataplane.server.cluster.WorkQueue;
import dev.ballast.dataplane.server.handover.FormerOwners;
import dev.ballast.dataplane.server.handover.HandoverExchange;
import dev.ballast.dataplane.server.handover.Handovers;
import dev.ballast.dataplane.server.membership.Members;
import dev.ballast.dataplane.server.status.StatusApi;
import dev.ballast.dataplane.server.status.StatusReport;
import dev.ballast.dataplane.server.status.StatusWriter;
import dev.ballast.dataplane.server.steering.forwarding.FlowForwarder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The work for one Service beside ten thousand others, all served by this node. */
class ManyLoadBalancersTest {

  private static final int OTHERS = 10_000;
  private static final ServiceKey ONE = new ServiceKey("default", "one");

  private final FakeClusterState cluster = new FakeClusterState();
  private final FakeRelayControl relay = new FakeRelayControl(new ArrayList<>());
  private final FakeAnnouncer announcer = new FakeAnnouncer(new ArrayList<>());
  private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(1);

  private final NodeReconciler nodeReconciler =
      new NodeReconciler(
          new NodeSettings("n1", new NodeSettings.Membership.StaticMembership(Set.of("n1"))),
          cluster,
          new ClaimTable("n1", cluster, Map::of, InstantSource.system()),
          relay,
          announcer,
          Handovers.create(
              "n1",
              Duration.ZERO,
              relay::flows,
              HandoverExchange.none(),
              new FormerOwners(
                  "n1",
                  new FlowForwarder() {},
                  (node, address) -> Optional.empty(),
                  silenced -> {},
                  () -> 0),
              () -> 0),
          new StatusWriter(
              "n1",
              new IdleStatusApi(),
              threads,
              InstantSource.system(),
              new SimpleMeterRegistry()),
          new FakePeerChecker(),
          () -> 0,
          new SimpleMeterRegistry());

  private static final class IdleStatusApi implements StatusApi {
    @Override
    public long apply(ServiceKey id, String uid, StatusReport report, Map<String, String> since) {
      return 100;
    }

    @Override
    public long remove(ServiceKey id, String uid, String node) {
      return 200;
    }
  }

  @BeforeEach
  void serveMany() throws Exception {
    for (int i = 0; i < OTHERS; i++) {
      put(new ServiceKey("default", "other-" + i), "10.1.%d.%d".formatted(i / 256, i % 256));
    }
    nodeReconciler.reconcile(WorkQueue.WorkItems.ALL);
    assertThat(relay.served()).hasSize(OTHERS);
    resetCounters();
  }

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  @Test
  void a_new_service_is_served_without_examining_the_others() throws Exception {
    // Given
    put(ONE, "10.0.0.1");

    // When
    nodeReconciler.reconcile(new WorkQueue.WorkItems(false, Set.of(ONE)));

    // Then
    assertThat(relay.served()).contains(ONE).hasSize(OTHERS + 1);
    // Config, claims, served Services and slices; the change, and the status for the report.
    assertThat(cluster.lookups).isEqualTo(4);
    assertThat(relay.lookups).isEqualTo(2);
    assertThat(announcer.addressCount).isOne();
  }

  @Test
  void a_change_of_endpoints_examines_one_service_only() throws Exception {
    // Given
    put(ONE, "10.0.0.1");
    nodeReconciler.reconcile(new WorkQueue.WorkItems(false, Set.of(ONE)));
    resetCounters();
    cluster.slices.put(
        ONE,
        List.of(TestObjects.parse(ONE, TestObjects.slice("default", "one", "one-1", "10.2.0.2"))));

    // When
    nodeReconciler.reconcile(new WorkQueue.WorkItems(false, Set.of(ONE)));

    // Then
    assertThat(cluster.lookups).isEqualTo(4);
    assertThat(relay.lookups).isEqualTo(2);
    assertThat(announcer.addressCount).isOne();
  }

  @Test
  void a_change_of_members_examines_every_service() throws Exception {
    // Given
    cluster.members = new Members(new TreeSet<>(Set.of("n1", "n2")), false);

    // When
    nodeReconciler.reconcile(new WorkQueue.WorkItems(false, Set.of()));

    // Then
    assertThat(cluster.lookups).isGreaterThan(OTHERS);
  }

  @Test
  void after_a_failure_every_service_is_examined() throws Exception {
    // Given
    put(ONE, "10.0.0.1");
    relay.failing = true;
    NodeReconciler.ReconcileResult failed =
        nodeReconciler.reconcile(new WorkQueue.WorkItems(false, Set.of(ONE)));
    relay.failing = false;

    // When
    NodeReconciler.ReconcileResult next =
        nodeReconciler.reconcile(new WorkQueue.WorkItems(false, Set.of()));

    // Then
    assertThat(failed).isEqualTo(NodeReconciler.ReconcileResult.INCOMPLETE);
    assertThat(next).isEqualTo(NodeReconciler.ReconcileResult.DONE);
    assertThat(relay.served()).contains(ONE);
  }

  @Test
  void a_deleted_service_is_stopped_although_the_relay_never_confirmed_it() throws Exception {
    // Given
    put(ONE, "10.0.0.1");
    relay.failing = true;
    nodeReconciler.reconcile(new WorkQueue.WorkItems(false, Set.of(ONE)));
    relay.failing = false;
    cluster.configs.remove(ONE);

    // When
    nodeReconciler.reconcile(new WorkQueue.WorkItems(false, Set.of()));

    // Then
    assertThat(relay.served()).doesNotContain(ONE).hasSize(OTHERS);
  }

  private void put(ServiceKey id, String address) {
    cluster.configs.put(
        id, TestObjects.parse(TestObjects.loadBalancer(id.namespace(), id.name(), address), "n1"));
    cluster.slices.put(
        id,
        List.of(
            TestObjects.parse(
                id, TestObjects.slice(id.namespace(), id.name(), id.name() + "-1", "10.2.0.1"))));
  }

  private void resetCounters() {
    cluster.lookups = 0;
    relay.lookups = 0;
    announcer.addressCount = 0;
  }
}
