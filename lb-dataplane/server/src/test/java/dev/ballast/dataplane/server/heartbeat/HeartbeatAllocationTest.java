package dev.ballast.dataplane.server.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.ballast.dataplane.core.failure.Heartbeat.SenderState;
import dev.ballast.dataplane.core.failure.HeartbeatContent;
import dev.ballast.dataplane.core.failure.NeighborAnswers;
import dev.ballast.dataplane.server.heartbeat.HeartbeatCodec.DecodeResult;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The thread of the heartbeats makes no garbage, so that no collection delays it. */
class HeartbeatAllocationTest {

  private static final String KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

  /** What the test itself allocates, such as for the answer of the bean. */
  private static final long TOLERANCE = 4_096;

  private long total;
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final LongConsumer gaps = gap -> total += gap;
  private final PeerObservations observations = new PeerObservations("worker-0", gaps);
  private final HeartbeatCodec codec = new HeartbeatCodec("worker-0");
  private final List<HmacSha256> keys = TestKeys.parse(KEY).authenticators();
  private final ByteBuffer outgoing = ByteBuffer.allocate(HeartbeatCodec.MAX_BYTES);
  private final List<HeartbeatCodec> senders = new ArrayList<>();
  private long sequence;
  private long now;

  @ParameterizedTest
  @ValueSource(ints = {50, 100})
  void what_is_received_and_sent_in_a_steady_state_allocates_nothing(int nodes) {
    // Given
    cluster(nodes);
    rounds(50);
    long before = threads.getCurrentThreadAllocatedBytes();

    // When
    rounds(200);

    // Then
    assertThat(threads.getCurrentThreadAllocatedBytes() - before)
        .as("bytes for %d datagrams", 200 * senders.size())
        .isLessThan(TOLERANCE);
    assertThat(total).isPositive();
  }

  @ParameterizedTest
  @ValueSource(ints = {50, 100})
  void a_dead_node_that_stays_in_the_cluster_allocates_nothing_for_each_datagram(int nodes) {
    // Given
    cluster(nodes);
    rounds(50);
    senders.removeFirst();
    rounds(50);
    assertThat(observations.liveness(NeighborAnswers.NONE, now).dead()).isEmpty();
    long before = threads.getCurrentThreadAllocatedBytes();

    // When
    rounds(200);

    // Then
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(TOLERANCE);
  }

  private void cluster(int nodes) {
    Map<String, InetAddress> peers = new HashMap<>();
    for (int i = 1; i < nodes; i++) {
      peers.put("worker-" + i, InetAddress.ofLiteral("10.0.0." + i));
    }
    observations.setPeers(peers, now);
    observations
        .protocol()
        .neighbors()
        .forEach(neighbor -> senders.add(new HeartbeatCodec(neighbor)));
  }

  /** What the thread does in so many periods. */
  private void rounds(int count) {
    HeartbeatContent content = HeartbeatContent.of(SenderState.ELIGIBLE, Set.of());
    for (int i = 0; i < count; i++) {
      now += Duration.ofMillis(100).toNanos();
      sequence++;
      for (int j = 0; j < senders.size(); j++) {
        senders.get(j).encode(1, sequence, content, keys.getFirst(), outgoing);
        receive();
      }
      HeartbeatContent own = observations.protocol().content(SenderState.ELIGIBLE, sequence, now);
      codec.encode(1, sequence, own, keys.getFirst(), outgoing);
    }
  }

  private void receive() {
    if (codec.decode(outgoing, keys) instanceof DecodeResult.Decoded heartbeat) {
      observations.heard(heartbeat, now);
    }
    Set<String> suspected = observations.protocol().suspected(now);
    if (observations.protocol().takeNews() || observations.isAlone(suspected)) {
      throw new AssertionError("the state is not steady");
    }
    NodeLiveness liveness = observations.liveness(NeighborAnswers.NONE, now);
    observations.faults(liveness.dead(), now);
  }
}
