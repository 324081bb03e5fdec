package dev.ballast.dataplane.server.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.cluster.EndpointSliceParser;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfigParser;
import dev.ballast.dataplane.server.cluster.TestObjects;
import dev.ballast.dataplane.server.cluster.WorkQueue;
import dev.ballast.dataplane.server.membership.Members;
import dev.ballast.dataplane.server.status.StatusApi;
import dev.ballast.dataplane.server.status.StatusReport;
import dev.ballast.dataplane.server.status.StatusWriter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a pass does for one Service beside ten thousand others, all served by this node. */
class ManyLoadBalancersTest {

  private static final int OTHERS = 10_000;
  private static final ServiceKey ONE = new ServiceKey("default", "one");

  private final FakeClusterState cluster = new FakeClusterState();
  private final FakeRelayControl serving = new FakeRelayControl(new ArrayList<>());
  private final FakeAnnouncer announcer = new FakeAnnouncer(new ArrayList<>());
  private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(1);

  private final NodeReconciler nodeReconciler =
      new NodeReconciler(
          "n1",
          cluster,
          serving,
          announcer,
          new StatusWriter(
              "n1", new Writes(), threads, InstantSource.system(), new SimpleMeterRegistry()),
          new SimpleMeterRegistry());

  private static final class Writes implements StatusApi {
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
    nodeReconciler.pass(WorkQueue.WorkItems.ALL);
    assertThat(serving.served()).hasSize(OTHERS);
    forget();
  }

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  @Test
  void a_new_service_is_served_without_a_look_at_the_others() throws Exception {
    // Given
    put(ONE, "10.0.0.1");

    // When
    nodeReconciler.pass(new WorkQueue.WorkItems(false, Set.of(ONE)));

    // Then
    assertThat(serving.served()).contains(ONE).hasSize(OTHERS + 1);
    // asked for, its slices named and read; changed, and looked at for the report
    assertThat(cluster.work).isEqualTo(3);
    assertThat(serving.work).isEqualTo(2);
    assertThat(announcer.work).isOne();
  }

  @Test
  void other_endpoints_of_one_service_are_its_own_affair() throws Exception {
    // Given
    put(ONE, "10.0.0.1");
    nodeReconciler.pass(new WorkQueue.WorkItems(false, Set.of(ONE)));
    forget();
    cluster.slices.put(
        ONE,
        List.of(
            EndpointSliceParser.read(
                ONE, TestObjects.slice("default", "one", "one-1", "10.2.0.2"))));

    // When
    nodeReconciler.pass(new WorkQueue.WorkItems(false, Set.of(ONE)));

    // Then
    assertThat(cluster.work).isEqualTo(3);
    assertThat(serving.work).isEqualTo(2);
    assertThat(announcer.work).isOne();
  }

  @Test
  void when_nodes_come_or_go_every_service_is_looked_at() throws Exception {
    // Given
    cluster.members = new Members(new TreeSet<>(Set.of("n1", "n2")), false);

    // When
    nodeReconciler.pass(new WorkQueue.WorkItems(false, Set.of()));

    // Then
    assertThat(cluster.work).isGreaterThan(OTHERS);
  }

  @Test
  void a_pass_that_failed_is_followed_by_one_that_looks_at_everything() throws Exception {
    // Given
    put(ONE, "10.0.0.1");
    serving.failing = true;
    NodeReconciler.ReconcileResult failed =
        nodeReconciler.pass(new WorkQueue.WorkItems(false, Set.of(ONE)));
    serving.failing = false;

    // When
    NodeReconciler.ReconcileResult next =
        nodeReconciler.pass(new WorkQueue.WorkItems(false, Set.of()));

    // Then
    assertThat(failed).isEqualTo(NodeReconciler.ReconcileResult.INCOMPLETE);
    assertThat(next).isEqualTo(NodeReconciler.ReconcileResult.DONE);
    assertThat(serving.served()).contains(ONE);
  }

  @Test
  void a_service_of_which_nobody_knows_whether_the_relay_began_is_ended_all_the_same()
      throws Exception {
    // Given
    put(ONE, "10.0.0.1");
    serving.failing = true;
    nodeReconciler.pass(new WorkQueue.WorkItems(false, Set.of(ONE)));
    serving.failing = false;
    cluster.configs.remove(ONE);

    // When
    nodeReconciler.pass(new WorkQueue.WorkItems(false, Set.of()));

    // Then
    assertThat(serving.served()).doesNotContain(ONE).hasSize(OTHERS);
  }

  private void put(ServiceKey id, String address) {
    cluster.configs.put(
        id,
        LoadBalancerConfigParser.read(
            TestObjects.loadBalancer(id.namespace(), id.name(), address), "n1"));
    cluster.slices.put(
        id,
        List.of(
            EndpointSliceParser.read(
                id, TestObjects.slice(id.namespace(), id.name(), id.name() + "-1", "10.2.0.1"))));
  }

  private void forget() {
    cluster.work = 0;
    serving.work = 0;
    announcer.work = 0;
  }
}
