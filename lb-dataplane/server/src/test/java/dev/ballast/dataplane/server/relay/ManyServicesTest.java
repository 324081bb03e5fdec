package dev.ballast.dataplane.server.relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.ballast.dataplane.core.plan.Frontend;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.core.plan.VirtualServerChanges;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * The cost of a change of one Service among many others. The others have SCTP ports, which open no
 * sockets: the relay does everything for them except listening.
 */
class ManyServicesTest {

  private static final int CHANGES = 200;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @Test
  void a_change_of_one_service_costs_the_same_among_ten_thousand_as_among_a_hundred()
      throws Exception {
    // Given
    costOfChangeAmong(100);

    // When
    long few = costOfChangeAmong(100);
    long many = costOfChangeAmong(10_000);

    // Then
    assertThat(many).as("bytes made for a change, by the loops").isLessThan(2 * few);
  }

  /** The median of the allocated bytes. */
  private long costOfChangeAmong(int services) throws Exception {
    try (RelayFixture relay = new RelayFixture()) {
      Map<ServiceKey, VirtualServer> others = new HashMap<>();
      for (int i = 0; i < services; i++) {
        ServiceKey id = new ServiceKey("default", "other-" + i);
        others.put(id, server(id, "10.1.%d.%d".formatted(i / 256, i % 256), 1));
      }
      change(relay, new VirtualServerChanges(others, Set.of()));
      List<Long> costs = new ArrayList<>();
      for (int i = 0; i < CHANGES; i++) {
        VirtualServer next = server(RelayFixture.WEB, "10.0.0.1", i);
        long before = allocated();
        change(relay, new VirtualServerChanges(Map.of(RelayFixture.WEB, next), Set.of()));
        costs.add(allocated() - before);
      }
      assertThat(relay.relay.status()).hasSize(services + 1);
      assertThat(relay.running().generation()).isEqualTo(CHANGES - 1);
      Collections.sort(costs);
      return costs.get(CHANGES / 2);
    }
  }

  private static void change(RelayFixture relay, VirtualServerChanges changes) throws Exception {
    relay.relay.change(changes).toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  /** Each generation has a port of its own, so that one closes and another opens. */
  private static VirtualServer server(ServiceKey id, String address, int generation) {
    return new VirtualServer(
        id,
        generation,
        List.of(InetAddress.ofLiteral(address)),
        List.of(new Frontend("", 80 + generation % 2, Protocol.SCTP, List.of())),
        RelayFixture.POLICY,
        RelayFixture.LOCALITY);
  }

  private long allocated() {
    long[] loops =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("vert.x-eventloop"))
            .mapToLong(Thread::threadId)
            .toArray();
    return LongStream.of(loops).map(threads::getThreadAllocatedBytes).sum();
  }
}
