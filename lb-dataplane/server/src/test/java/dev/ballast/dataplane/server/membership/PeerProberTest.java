package dev.ballast.dataplane.server.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.server.membership.Members.Peer;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PeerProberTest {

  private static final URI N2 = URI.create("http://192.0.2.2:7474/readyz");
  private static final Peer MARKED_UNREADY = TestPeers.calledLost("pod", "n2", N2);

  private final AtomicBoolean answers = new AtomicBoolean(true);
  private final AtomicInteger probes = new AtomicInteger();
  private final AtomicInteger changes = new AtomicInteger();
  private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(1);
  private final PeerProber peerProber =
      new PeerProber(
          "n1",
          uri -> {
            probes.incrementAndGet();
            return CompletableFuture.completedFuture(uri.equals(N2) && answers.get());
          },
          threads,
          changes::incrementAndGet);

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  @Test
  void an_unready_node_that_responds_stays_a_member() {
    // Given
    boolean atFirst = isReady(MARKED_UNREADY);

    // When
    awaitProbes(PeerProber.FAILURE_THRESHOLD + 1);

    // Then
    assertThat(atFirst).isTrue();
    assertThat(isReady(MARKED_UNREADY)).isTrue();
    assertThat(changes).hasValue(0);
  }

  @Test
  void an_unready_node_is_lost_after_several_failed_probes() {
    // Given
    answers.set(false);

    // When
    boolean atFirst = isReady(MARKED_UNREADY);

    // Then
    assertThat(atFirst).isTrue();
    await().until(() -> changes.get() == 1);
    assertThat(probes).hasValueGreaterThanOrEqualTo(PeerProber.FAILURE_THRESHOLD);
    assertThat(isReady(MARKED_UNREADY)).isFalse();
  }

  @Test
  void a_lost_node_that_responds_again_is_a_member_again() {
    // Given
    answers.set(false);
    await().until(() -> !isReady(MARKED_UNREADY));

    // When
    answers.set(true);

    // Then
    await().until(() -> isReady(MARKED_UNREADY));
    assertThat(changes).hasValue(2);
  }

  @Test
  void a_node_that_its_kubelet_marks_unready_is_not_probed() {
    // When
    boolean counts = isReady(TestPeers.unready("pod", "n2"));

    // Then
    assertThat(counts).isFalse();
    assertThat(probes).hasValue(0);
  }

  @Test
  void a_node_does_not_probe_itself() {
    // When
    boolean counts = isReady(TestPeers.calledLost("pod", "n1", N2));

    // Then
    assertThat(counts).isFalse();
    assertThat(probes).hasValue(0);
  }

  @Test
  void a_node_that_is_ready_again_is_not_probed_any_more() {
    // Given
    isReady(MARKED_UNREADY);
    awaitProbes(1);

    // When
    isReady(TestPeers.ready("pod", "n2"));

    // Then: except for a running probe
    int before = probes.get();
    await().during(PeerProber.PERIOD.multipliedBy(3)).until(() -> probes.get() <= before + 1);
  }

  private boolean isReady(Peer peer) {
    return peerProber.withProbeResults(List.of(peer)).getFirst().ready();
  }

  private void awaitProbes(int least) {
    await().until(() -> probes.get() >= least);
  }
}
