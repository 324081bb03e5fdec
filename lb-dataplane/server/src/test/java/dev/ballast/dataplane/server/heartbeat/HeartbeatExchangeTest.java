package dev.ballast.dataplane.server.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Each node has an address of its own in 127.0.0.0/8. */
class HeartbeatExchangeTest {

  private static final int PORT = 17477;
  private static final String KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n";
  private static final String OTHER = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=\n";

  private final List<HeartbeatExchange> open = new ArrayList<>();
  private volatile boolean gatewayAnswers = true;
  private volatile boolean nodesAnswer;
  private final AtomicBoolean isolated = new AtomicBoolean();
  private final Map<String, Integer> missed = new ConcurrentHashMap<>();
  private final Map<String, CountDownLatch> suspended = new ConcurrentHashMap<>();
  private final Set<String> verifying = ConcurrentHashMap.newKeySet();

  @AfterEach
  void close() {
    open.forEach(HeartbeatExchange::close);
  }

  @Test
  void nodes_know_of_each_other_that_they_are_eligible() {
    HeartbeatExchange a = exchange("a");
    HeartbeatExchange b = exchange("b");

    List.of(a, b).forEach(HeartbeatExchange::start);

    await().untilAsserted(() -> assertThat(a.liveness().eligible()).containsExactly("b"));
    await().untilAsserted(() -> assertThat(b.liveness().eligible()).containsExactly("a"));
  }

  @Test
  void a_node_tells_at_once_that_it_owns_no_addresses_from_now_on() {
    HeartbeatExchange a = started("a");
    HeartbeatExchange b = started("b");
    await().until(() -> a.liveness().eligible().contains("b"));

    b.setEligible(false);

    await()
        .atMost(Duration.ofSeconds(2))
        .untilAsserted(() -> assertThat(a.liveness().ineligible()).containsExactly("b"));
  }

  @Test
  void two_nodes_agree_on_the_death_of_the_third_one() {
    HeartbeatExchange a = started("a");
    HeartbeatExchange b = started("b");
    HeartbeatExchange c = started("c");
    await().until(() -> a.liveness().eligible().size() + b.liveness().eligible().size() == 4);

    ((UdpHeartbeats) c).mute();

    await()
        .atMost(Duration.ofSeconds(2))
        .untilAsserted(
            () -> {
              assertThat(a.liveness().dead()).containsExactly("c");
              assertThat(b.liveness().dead()).containsExactly("c");
            });
  }

  @Test
  void the_last_of_two_nodes_asks_its_gateway() {
    gatewayAnswers = false;
    HeartbeatExchange a = started("a");
    HeartbeatExchange b = started("b");
    await().until(() -> a.liveness().eligible().contains("b"));
    ((UdpHeartbeats) b).mute();
    await()
        .during(Duration.ofMillis(1500))
        .atMost(Duration.ofSeconds(5))
        .until(() -> a.liveness().dead().isEmpty());

    gatewayAnswers = true;

    await().untilAsserted(() -> assertThat(a.liveness().dead()).containsExactly("b"));
  }

  @Test
  void a_node_without_peers_and_gateway_is_isolated_until_its_gateway_answers() {
    gatewayAnswers = false;
    HeartbeatExchange a = started("a");
    HeartbeatExchange b = started("b");
    await().until(() -> a.liveness().eligible().contains("b"));
    ((UdpHeartbeats) b).mute();
    await().untilAsserted(() -> assertThat(isolated).isTrue());

    gatewayAnswers = true;

    await().untilAsserted(() -> assertThat(isolated).isFalse());
  }

  @Test
  void a_node_that_a_firewall_makes_deaf_considers_nobody_dead() {
    nodesAnswer = true;
    HeartbeatExchange a = started("a");
    HeartbeatExchange b = started("b");
    await().until(() -> a.liveness().eligible().contains("b"));

    ((UdpHeartbeats) b).mute();

    await().until(() -> a.liveness().eligible().isEmpty());
    await()
        .during(Duration.ofMillis(1500))
        .atMost(Duration.ofSeconds(4))
        .until(() -> a.liveness().dead().isEmpty());
  }

  @Test
  void a_node_that_verifies_is_alive_and_owns_nothing_after_a_while() {
    HeartbeatExchange a = started("a");
    HeartbeatExchange b = started("b");
    await().until(() -> a.liveness().eligible().contains("b"));

    verifying.add("b");

    await()
        .during(Duration.ofMillis(1500))
        .atMost(Duration.ofSeconds(4))
        .until(() -> heardOf(a).contains("b"));
    assertThat(a.liveness().ineligible()).containsExactly("b");
    verifying.clear();
    await().untilAsserted(() -> assertThat(a.liveness().eligible()).containsExactly("b"));
    assertThat(b.liveness().eligible()).containsExactly("a");
  }

  private static Set<String> heardOf(HeartbeatExchange exchange) {
    NodeLiveness now = exchange.liveness();
    Set<String> all = new HashSet<>(now.eligible());
    all.addAll(now.ineligible());
    return all;
  }

  /** As after the suspension of a virtual machine: nothing else tells of it. */
  @Test
  void a_node_that_others_have_missed_learns_of_it_once() {
    HeartbeatExchange a = started("a");
    HeartbeatExchange b = started("b");
    HeartbeatExchange c = started("c");
    await().until(() -> a.liveness().eligible().size() + c.liveness().eligible().size() == 4);
    CountDownLatch suspension = suspended.computeIfAbsent("c", none -> new CountDownLatch(1));
    await().until(() -> a.liveness().dead().contains("c") && b.liveness().dead().contains("c"));

    suspension.countDown();

    await().until(() -> a.liveness().eligible().contains("c"));
    assertThat(missed).isEqualTo(Map.of("c", 1));
  }

  @Test
  void a_process_that_stops_in_order_is_not_dead() {
    HeartbeatExchange a = started("a");
    HeartbeatExchange b = started("b");
    await().until(() -> a.liveness().eligible().contains("b"));

    b.stop();

    await().untilAsserted(() -> assertThat(a.liveness()).isEqualTo(NodeLiveness.UNKNOWN));
    await()
        .during(Duration.ofMillis(1200))
        .atMost(Duration.ofSeconds(3))
        .until(() -> a.liveness().dead().isEmpty());
  }

  @Test
  void the_next_process_of_a_node_goes_on_with_its_heartbeats() {
    HeartbeatExchange a = started("a");
    HeartbeatExchange b = started("b");
    await().until(() -> a.liveness().eligible().contains("b"));
    b.stop();

    HeartbeatExchange next = started("b");

    await().untilAsserted(() -> assertThat(a.liveness().eligible()).containsExactly("b"));
    await().untilAsserted(() -> assertThat(next.liveness().eligible()).containsExactly("a"));
  }

  @Test
  void a_node_with_another_key_is_not_dead_but_a_fault() {
    HeartbeatExchange a = started("a");
    HeartbeatExchange b = started("b");
    await().until(() -> a.liveness().eligible().contains("b"));

    b.setKeys(TestKeys.parse(OTHER));

    await().untilAsserted(() -> assertThat(a.faults()).containsEntry("b", PeerFault.KEY_DIFFERS));
    await().untilAsserted(() -> assertThat(a.liveness()).isEqualTo(NodeLiveness.UNKNOWN));
    await().untilAsserted(() -> assertThat(b.liveness()).isEqualTo(NodeLiveness.UNKNOWN));
  }

  @Test
  void a_key_is_replaced_without_a_gap() {
    HeartbeatExchange a = started("a");
    HeartbeatExchange b = started("b");
    await().until(() -> a.liveness().eligible().contains("b"));

    a.setKeys(TestKeys.parse(KEY + OTHER));
    b.setKeys(TestKeys.parse(KEY + OTHER));
    a.setKeys(TestKeys.parse(OTHER + KEY));

    await()
        .during(Duration.ofSeconds(2))
        .atMost(Duration.ofSeconds(4))
        .until(
            () -> a.liveness().eligible().contains("b") && b.liveness().eligible().contains("a"));
  }

  @Test
  void without_a_key_nothing_is_sent_until_there_is_one() {
    HeartbeatExchange a = exchange("a");
    HeartbeatExchange b = started("b");
    a.setKeys(HeartbeatKeys.NONE);
    a.start();
    await()
        .during(Duration.ofMillis(500))
        .atMost(Duration.ofSeconds(2))
        .until(() -> b.liveness().equals(NodeLiveness.UNKNOWN));

    a.setKeys(TestKeys.parse(KEY));

    await().untilAsserted(() -> assertThat(b.liveness().eligible()).containsExactly("a"));
  }

  @Test
  void a_node_that_is_never_heard_is_a_fault_after_ten_seconds() {
    HeartbeatExchange a = started("a");

    await()
        .atMost(Duration.ofSeconds(15))
        .untilAsserted(
            () ->
                assertThat(a.faults())
                    .containsOnly(
                        Map.entry("b", PeerFault.UNHEARD), Map.entry("c", PeerFault.UNHEARD)));
    assertThat(a.liveness()).isEqualTo(NodeLiveness.UNKNOWN);
  }

  private HeartbeatExchange started(String node) {
    HeartbeatExchange exchange = exchange(node);
    exchange.start();
    return exchange;
  }

  private HeartbeatExchange exchange(String node) {
    HeartbeatExchange exchange =
        HeartbeatExchange.udp(
            new HeartbeatSettings(node, address(node), PORT),
            new TestNeighbors(),
            new TestListener(node));
    open.add(exchange);
    exchange.setKeys(TestKeys.parse(KEY));
    exchange.setEligible(true);
    exchange.setPeers(
        List.of("a", "b", "c").stream()
            .filter(other -> !other.equals(node))
            .collect(Collectors.toMap(other -> other, HeartbeatExchangeTest::address)));
    return exchange;
  }

  private final class TestNeighbors implements NeighborProbe {

    @Override
    public boolean askGateway(Consumer<Boolean> answer) {
      answer.accept(gatewayAnswers);
      return true;
    }

    @Override
    public boolean ask(InetAddress address, Consumer<Boolean> answer) {
      answer.accept(nodesAnswer);
      return true;
    }
  }

  private static InetAddress address(String node) {
    return InetAddress.ofLiteral("127.74.77." + (node.charAt(0) - 'a' + 1));
  }

  private final class TestListener implements HeartbeatListener {
    private final String node;

    TestListener(String node) {
      this.node = node;
    }

    @Override
    public void livenessChanged() {}

    @Override
    public boolean mayPublish(long nanoTime) {
      try {
        suspended.getOrDefault(node, new CountDownLatch(0)).await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      return !verifying.contains(node);
    }

    @Override
    public void published(long nanoTime) {}

    @Override
    public void missed() {
      missed.merge(node, 1, Integer::sum);
    }

    @Override
    public void isolated() {
      isolated.set(true);
    }

    @Override
    public void connected() {
      isolated.set(false);
    }

    @Override
    public void reconnected() {
      isolated.set(false);
    }

    @Override
    public void received(long gapNanos) {}

    @Override
    public void paused(long nanos) {}
  }
}
