package dev.ballast.dataplane.server.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StatusWriterTest {

  private static final ServiceKey WEB = new ServiceKey("default", "web");
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00.5Z");

  /** Nanoseconds, with a tolerance for clock ticks. */
  private static final long SECOND = Duration.ofMillis(990).toNanos();

  private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(4);
  private final FakeStatusApi api = new FakeStatusApi();
  private final StatusWriter writer =
      new StatusWriter("n1", api, threads, InstantSource.fixed(NOW), new SimpleMeterRegistry());

  /** Records writes. It can be slow, and can fail a number of times. */
  private static final class FakeStatusApi implements StatusApi {
    final List<String> writes = new CopyOnWriteArrayList<>();
    final List<Map<String, String>> times = new CopyOnWriteArrayList<>();
    final List<Long> moments = new CopyOnWriteArrayList<>();
    final AtomicLong version = new AtomicLong(100);
    volatile CountDownLatch gate = new CountDownLatch(0);
    final AtomicInteger failures = new AtomicInteger();
    volatile int code = 500;

    @Override
    public long apply(ServiceKey id, String uid, StatusReport report, Map<String, String> since) {
      times.add(since);
      return write(report.node().healthyBackends() + " gen " + report.node().observedGeneration());
    }

    @Override
    public long remove(ServiceKey id, String uid, String node) {
      return write("remove " + node);
    }

    private long write(String what) {
      try {
        gate.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      moments.add(System.nanoTime());
      if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        writes.add("failed");
        throw new KubernetesClientException("no", code, null);
      }
      writes.add(what);
      return version.incrementAndGet();
    }
  }

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  @Test
  void the_same_report_is_written_once() {
    // Given
    setDesired(report(1, "1/1"));
    await().until(writer::isIdle);

    // When
    setDesired(report(1, "1/1"));

    // Then
    await().until(writer::isIdle);
    assertThat(api.writes).containsExactly("1/1 gen 1");
  }

  @Test
  void after_a_write_only_the_latest_report_is_written() {
    // Given
    api.gate = new CountDownLatch(1);
    setDesired(report(1, "0/1"));
    await().untilAsserted(() -> assertThat(api.times).hasSize(1));

    // When
    setDesired(report(2, "0/1"));
    setDesired(report(3, "1/1"));
    api.gate.countDown();

    // Then
    await().until(writer::isIdle);
    assertThat(api.writes).containsExactly("0/1 gen 1", "1/1 gen 3");
  }

  @Test
  void a_change_of_health_waits_for_a_second_and_any_other_change_does_not() {
    // Given
    setDesired(report(1, "0/1"));
    await().until(writer::isIdle);

    // When
    setDesired(report(1, "1/1"));
    await().until(writer::isIdle);
    setDesired(report(2, "1/1"));
    await().until(writer::isIdle);

    // Then
    assertThat(api.writes).containsExactly("0/1 gen 1", "1/1 gen 1", "1/1 gen 2");
    assertThat(api.moments.get(1) - api.moments.get(0)).isGreaterThan(SECOND);
    assertThat(api.moments.get(2) - api.moments.get(1)).isLessThan(SECOND);
  }

  @Test
  void an_urgent_report_overtakes_a_waiting_one() {
    // Given
    setDesired(report(1, "0/1"));
    await().until(writer::isIdle);
    setDesired(report(1, "1/1"));

    // When
    setDesired(report(2, "1/1"));

    // Then
    await().until(writer::isIdle);
    assertThat(api.moments.get(1) - api.moments.get(0)).isLessThan(SECOND);
    assertThat(api.writes).containsExactly("0/1 gen 1", "1/1 gen 2");
  }

  @Test
  void a_failed_write_is_retried() {
    // Given
    api.failures.set(2);

    // When
    setDesired(report(1, "1/1"));

    // Then
    await().until(writer::isIdle);
    assertThat(api.writes).containsExactly("failed", "failed", "1/1 gen 1");
  }

  @Test
  void a_load_balancer_that_is_gone_gets_no_further_writes() {
    // Given
    api.failures.set(1);
    api.code = 404;

    // When
    setDesired(report(1, "1/1"));

    // Then
    await().until(() -> api.writes.size() == 1 && writer.isIdle());
    assertThat(api.writes).containsExactly("failed");
  }

  @Test
  void a_condition_that_keeps_its_status_keeps_its_transition_time() {
    // Given
    var conditionTransitions =
        Map.of(
            "Programmed",
                new LoadBalancerConfig.ConditionTransition("True", "2026-01-01T00:00:00Z"),
            "Healthy", new LoadBalancerConfig.ConditionTransition("False", "2026-01-01T00:00:00Z"));
    var observed = new DesiredStatus.ObservedStatus(50, Optional.empty(), conditionTransitions);

    // When
    writer.setDesired(
        WEB, new DesiredStatus("u1", Optional.of(report(1, "1/1")), Set.of(), Set.of(), observed));

    // Then
    await().until(writer::isIdle);
    assertThat(api.times.getFirst())
        .containsEntry("Programmed", "2026-01-01T00:00:00Z")
        .containsEntry("Healthy", "2026-11-22T12:00:00Z");
  }

  @Test
  void reports_of_former_members_are_removed_after_the_own_report_is_written() {
    // Given
    var observed = new DesiredStatus.ObservedStatus(50, Optional.empty(), Map.of());

    // When
    writer.setDesired(
        WEB,
        new DesiredStatus("u1", Optional.of(report(1, "1/1")), Set.of(), Set.of("n9"), observed));

    // Then
    await().until(writer::isIdle);
    assertThat(api.writes).containsExactly("1/1 gen 1", "remove n9");
  }

  @Test
  void a_node_that_lives_unheard_and_reports_again_after_each_removal_loses_its_report_once() {
    // Given
    long firstVersion = 1_000;
    int roundTrips = 20;

    // When
    for (int i = 0; i < roundTrips; i++) {
      api.version.set(firstVersion + 2 * i);
      departed(firstVersion + 2 * i, "n9");
      await().until(writer::isIdle);
    }

    // Then
    assertThat(api.writes).containsExactly("1/1 gen 1", "remove n9");
  }

  @Test
  void a_node_that_dies_a_second_time_loses_its_report_at_once() {
    // Given
    departed(1_000, "n9");
    await().until(writer::isIdle);
    members(2_000, "n9");

    // When
    departed(3_000, "n9");

    // Then
    await().until(writer::isIdle);
    assertThat(api.writes).containsExactly("1/1 gen 1", "remove n9", "remove n9");
  }

  @Test
  void the_report_of_a_node_that_dies_after_the_last_own_write_is_removed() {
    // Given
    setDesired(report(1, "1/1"));
    await().until(writer::isIdle);

    // When
    departed(api.version.get(), "n9");

    // Then
    await().until(writer::isIdle);
    assertThat(api.writes).containsExactly("1/1 gen 1", "remove n9");
  }

  @Test
  void a_removal_without_effect_is_not_repeated() {
    // Given
    var changed = new NodeReport("n1", 1L, List.of(), List.of(), List.of(), "9/9", List.of());
    var observed = new DesiredStatus.ObservedStatus(101, Optional.of(changed), Map.of());

    // When
    writer.setDesired(WEB, new DesiredStatus("u1", Optional.empty(), Set.of(), Set.of(), observed));

    // Then
    await().until(writer::isIdle);
    assertThat(api.writes).containsExactly("remove n1");
  }

  @Test
  void leaving_removes_the_own_reports() throws Exception {
    // Given
    setDesired(report(1, "1/1"));
    await().until(writer::isIdle);

    // When
    writer.removeReports(Duration.ofSeconds(5));

    // Then
    assertThat(api.writes).containsExactly("1/1 gen 1", "remove n1");
  }

  /** The watch delivers this version, in which a former member reports. */
  private void departed(long resourceVersion, String node) {
    setDesired(resourceVersion, Set.of(), Set.of(node));
  }

  private void members(long resourceVersion, String node) {
    setDesired(resourceVersion, Set.of(node), Set.of());
  }

  private void setDesired(long resourceVersion, Set<String> members, Set<String> departed) {
    StatusReport own = report(1, "1/1");
    Map<String, LoadBalancerConfig.ConditionTransition> since =
        Map.of(
            "Programmed", new LoadBalancerConfig.ConditionTransition("True", NOW.toString()),
            "Healthy", new LoadBalancerConfig.ConditionTransition("True", NOW.toString()));
    var observed =
        new DesiredStatus.ObservedStatus(resourceVersion, Optional.of(own.node()), since);
    writer.setDesired(WEB, new DesiredStatus("u1", Optional.of(own), members, departed, observed));
  }

  private void setDesired(StatusReport report) {
    var observed = new DesiredStatus.ObservedStatus(50, Optional.empty(), Map.of());
    writer.setDesired(
        WEB, new DesiredStatus("u1", Optional.of(report), Set.of(), Set.of(), observed));
  }

  private static StatusReport report(long generation, String healthy) {
    return new StatusReport(
        new NodeReport(
            "n1", generation, List.of("198.18.100.7"), List.of(), List.of(), healthy, List.of()),
        List.of(
            new StatusReport.ReportedCondition(
                "Programmed", ConditionStatus.TRUE, "Listening", "listens"),
            new StatusReport.ReportedCondition(
                "Healthy", ConditionStatus.TRUE, "BackendsHealthy", healthy)),
        generation);
  }
}
