package dev.ballast.dataplane.server.membership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.heartbeat.NodeLiveness;
import dev.ballast.dataplane.server.membership.Members.Peer;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PeerReadinessTest {

  /** Nothing listens there. */
  private static final URI NOWHERE = URI.create("http://127.0.0.1:1/readyz");

  private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(1);
  private volatile NodeLiveness liveness = NodeLiveness.UNKNOWN;
  private final PeerReadiness readiness =
      new PeerReadiness("n1", () -> liveness, threads, () -> {});

  @AfterEach
  void stop() {
    readiness.close();
    threads.shutdownNow();
  }

  @Test
  void a_node_that_is_dead_by_its_heartbeats_is_not_ready_at_once() {
    // Given
    boolean before = isReady(TestPeers.ready("pod", "n2"));

    // When
    liveness = new NodeLiveness(Set.of(), Set.of(), Set.of("n2"), Set.of());

    // Then
    assertThat(before).isTrue();
    assertThat(isReady(TestPeers.ready("pod", "n2"))).isFalse();
  }

  @Test
  void a_node_that_lives_and_owns_no_addresses_is_not_ready_at_once() {
    // When
    liveness = new NodeLiveness(Set.of(), Set.of("n2"), Set.of(), Set.of());

    // Then
    assertThat(isReady(TestPeers.ready("pod", "n2"))).isFalse();
  }

  @Test
  void a_node_that_is_heard_is_ready_although_the_node_controller_calls_it_lost() {
    // When
    liveness = new NodeLiveness(Set.of("n2"), Set.of(), Set.of(), Set.of());

    // Then
    assertThat(isReady(TestPeers.calledLost("pod", "n2", NOWHERE))).isTrue();
  }

  @Test
  void a_node_that_its_kubelet_marks_unready_is_not_ready_although_it_is_heard() {
    // When
    liveness = new NodeLiveness(Set.of("n2"), Set.of(), Set.of(), Set.of());

    // Then
    assertThat(isReady(TestPeers.unready("pod", "n2"))).isFalse();
  }

  private boolean isReady(Peer peer) {
    return readiness.assess(List.of(peer)).getFirst().ready();
  }
}
