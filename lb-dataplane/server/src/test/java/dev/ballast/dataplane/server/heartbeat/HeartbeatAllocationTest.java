package dev.ballast.dataplane.server.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import dev.ballast.dataplane.core.failure.Heartbeat.SenderState;
import dev.ballast.dataplane.core.failure.HeartbeatContent;
import dev.ballast.dataplane.core.failure.NeighborAnswers;
import dev.ballast.dataplane.server.heartbeat.HeartbeatCodec.DecodeResult;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The thread of the heartbeats makes no garbage, so that no collection delays it. */
class HeartbeatAllocationTest {

  private static final String KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

  private static final int PORT = 17478;

  /** No object is smaller. What is allocated once a second is less than that a datagram. */
  private static final long SMALLEST_OBJECT = 16;

  private long total;
  private final AtomicLong received = new AtomicLong();
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
        .isLessThan(SMALLEST_OBJECT * 200 * senders.size());
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
    assertThat(threads.getCurrentThreadAllocatedBytes() - before)
        .as("bytes for %d datagrams", 200 * senders.size())
        .isLessThan(SMALLEST_OBJECT * 200 * senders.size());
  }

  @Test
  void the_thread_allocates_only_what_the_platform_does_for_the_address_of_a_sender()
      throws IOException {
    // Given
    Map<String, InetAddress> peers = new HashMap<>();
    List<DatagramChannel> sockets = new ArrayList<>();
    for (int i = 1; i <= 10; i++) {
      InetAddress address = InetAddress.ofLiteral("127.75.0." + i);
      peers.put("worker-" + i, address);
      senders.add(new HeartbeatCodec("worker-" + i));
      sockets.add(DatagramChannel.open().bind(new InetSocketAddress(address, PORT)));
    }
    InetAddress self = InetAddress.ofLiteral("127.75.0.99");
    long thread;
    try (HeartbeatExchange exchange =
        HeartbeatExchange.udp(
            new HeartbeatSettings("worker-0", self, PORT),
            new SilentNeighbors(),
            new CountingListener())) {
      exchange.setPeers(peers);
      exchange.setKeys(TestKeys.parse(KEY));
      exchange.start();
      thread =
          Thread.getAllStackTraces().keySet().stream()
              .filter(each -> each.getName().equals("heartbeat"))
              .mapToLong(Thread::threadId)
              .max()
              .orElseThrow();
      await().until(() -> sendAll(sockets, self) && exchange.liveness().eligible().size() == 10);
      for (int i = 0; i < 100; i++) {
        sendAll(sockets, self);
      }
      await().until(() -> received.get() > 500);
      long before = threads.getThreadAllocatedBytes(thread);
      long receivedBefore = received.get();

      // When
      await()
          .pollInterval(Duration.ofMillis(5))
          .until(() -> sendAll(sockets, self) && received.get() - receivedBefore > 5_000);

      // Then
      long datagrams = received.get() - receivedBefore;
      assertThat((threads.getThreadAllocatedBytes(thread) - before) / datagrams)
          .as("bytes a datagram")
          .isLessThan(bytesOfAnAddress(sockets) + SMALLEST_OBJECT);
    } finally {
      for (DatagramChannel socket : sockets) {
        socket.close();
      }
    }
  }

  /** What receiving alone allocates, if each sender is another one than that before. */
  private long bytesOfAnAddress(List<DatagramChannel> sockets) throws IOException {
    InetAddress address = InetAddress.ofLiteral("127.75.0.100");
    long bytes = 0;
    try (DatagramChannel receiver = DatagramChannel.open()) {
      receiver.bind(new InetSocketAddress(address, PORT));
      for (int i = 0; i < 100; i++) {
        sendAll(sockets, address);
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int j = 0; j < sockets.size(); j++) {
          outgoing.clear();
          receiver.receive(outgoing);
        }
        bytes += threads.getCurrentThreadAllocatedBytes() - before;
      }
    }
    return bytes / (100 * sockets.size());
  }

  private boolean sendAll(List<DatagramChannel> sockets, InetAddress to) throws IOException {
    HeartbeatContent content = HeartbeatContent.of(SenderState.ELIGIBLE, Set.of());
    sequence++;
    for (int i = 0; i < sockets.size(); i++) {
      senders.get(i).encode(1, sequence, content, keys.getFirst(), outgoing);
      sockets.get(i).send(outgoing, new InetSocketAddress(to, PORT));
    }
    return true;
  }

  private static final class SilentNeighbors implements NeighborProbe {

    @Override
    public boolean askGateway(Consumer<Boolean> answer) {
      return false;
    }

    @Override
    public boolean ask(InetAddress address, Consumer<Boolean> answer) {
      return false;
    }
  }

  private final class CountingListener implements HeartbeatListener {

    @Override
    public void livenessChanged() {}

    @Override
    public boolean mayPublish(long nanoTime) {
      return true;
    }

    @Override
    public void published(long nanoTime) {}

    @Override
    public void missed() {}

    @Override
    public void isolated() {}

    @Override
    public void connected() {}

    @Override
    public void reconnected() {}

    @Override
    public void received(long gapNanos) {
      received.incrementAndGet();
    }

    @Override
    public void paused(long nanos) {}
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
    if (observations.protocol().takeNews()
        || observations.isAlone(suspected)
        || observations.isDeadForOthers(now)) {
      throw new AssertionError("the state is not steady");
    }
    NodeLiveness liveness = observations.liveness(NeighborAnswers.NONE, now);
    observations.faults(liveness.dead(), now);
  }
}
