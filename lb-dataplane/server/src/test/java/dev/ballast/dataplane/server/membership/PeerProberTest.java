package dev.ballast.dataplane.server.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.server.membership.Members.Peer;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PeerProberTest {

  private static final URI N2 = URI.create("http://192.0.2.2:7474/readyz");
  private static final Peer CALLED_LOST = new Peer("n2", false, false, Optional.of(N2));

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
  void a_node_called_lost_that_answers_stays_a_member() {
    // Given
    boolean atFirst = isReady(CALLED_LOST);

    // When
    awaitProbes(PeerProber.FAILURE_THRESHOLD + 1);

    // Then
    assertThat(atFirst).isTrue();
    assertThat(isReady(CALLED_LOST)).isTrue();
    assertThat(changes).hasValue(0);
  }

  @Test
  void a_node_called_lost_that_does_not_answer_is_lost_after_some_silences() {
    // Given
    answers.set(false);

    // When
    boolean atFirst = isReady(CALLED_LOST);

    // Then
    assertThat(atFirst).isTrue();
    await().until(() -> changes.get() == 1);
    assertThat(probes).hasValueGreaterThanOrEqualTo(PeerProber.FAILURE_THRESHOLD);
    assertThat(isReady(CALLED_LOST)).isFalse();
  }

  @Test
  void a_lost_node_that_answers_again_is_a_member_again() {
    // Given
    answers.set(false);
    await().until(() -> !isReady(CALLED_LOST));

    // When
    answers.set(true);

    // Then
    await().until(() -> isReady(CALLED_LOST));
    assertThat(changes).hasValue(2);
  }

  @Test
  void a_node_that_its_kubelet_calls_unready_is_not_asked() {
    // When
    boolean counts = isReady(new Peer("n2", false, false));

    // Then
    assertThat(counts).isFalse();
    assertThat(probes).hasValue(0);
  }

  @Test
  void of_itself_a_node_believes_the_controller() {
    // When
    boolean counts = isReady(new Peer("n1", false, false, Optional.of(N2)));

    // Then
    assertThat(counts).isFalse();
    assertThat(probes).hasValue(0);
  }

  @Test
  void a_node_that_is_called_ready_again_is_asked_no_more() {
    // Given
    isReady(CALLED_LOST);
    awaitProbes(1);

    // When
    isReady(new Peer("n2", true, false));

    // Then: but for a question under way
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
