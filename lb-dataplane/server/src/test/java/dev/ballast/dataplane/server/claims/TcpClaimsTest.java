package dev.ballast.dataplane.server.claims;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.core.failure.PeerRings;
import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.plan.FiveTuple;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.server.handover.HandedOverFlows;
import dev.ballast.dataplane.server.handover.HandoverListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three nodes at loopback addresses. Node n1 connects to the others, and n2 to n3. */
@Tag("feature:faults")
class TcpClaimsTest {

  private static final InetAddress ONE = InetAddress.ofLiteral("198.18.100.1");
  private static final InetAddress TWO = InetAddress.ofLiteral("2001:db8::2");
  private static final SecretKeySpec KEY = key("a secret of the cluster");
  private static final SecretKeySpec NEXT_KEY = key("the secret that follows");

  private static final Map<String, InetAddress> ADDRESSES =
      Map.of(
          "n1", InetAddress.ofLiteral("127.0.0.1"),
          "n2", InetAddress.ofLiteral("127.0.0.2"),
          "n3", InetAddress.ofLiteral("127.0.0.3"));

  private final List<TestNode> all = new ArrayList<>();
  private int port;

  private final class TestNode implements ClaimListener {
    final List<String> ended = new CopyOnWriteArrayList<>();
    final List<Set<InetAddress>> changes = new CopyOnWriteArrayList<>();
    final List<String> moves = new CopyOnWriteArrayList<>();
    private final HandoverListener handovers = new RecordingHandovers(moves);
    final TcpClaims exchange;

    TestNode(String name) {
      this(name, ADDRESSES);
    }

    TestNode(String name, Map<String, InetAddress> peers) {
      exchange = TcpClaims.create(name, new InetSocketAddress(ADDRESSES.get(name), port), this);
      exchange.setPeers(peers);
      exchange.setKeys(List.of(KEY));
      exchange.start();
      all.add(this);
    }

    @Override
    public HandoverListener handovers() {
      return handovers;
    }

    @Override
    public void claimsChanged(Set<InetAddress> addresses) {
      changes.add(addresses);
    }

    @Override
    public void ended(String node) {
      ended.add(node);
    }

    void awaitClaims(String node, Map<InetAddress, Long> claims) {
      await()
          .atMost(Duration.ofSeconds(10))
          .pollInterval(Duration.ofMillis(5))
          .until(() -> claims.equals(exchange.claims().get(node)));
    }
  }

  private record RecordingHandovers(List<String> moves) implements HandoverListener {

    @Override
    public void requested(Set<InetAddress> addresses) {
      moves.add("requested " + addresses);
    }

    @Override
    public void received(HandedOverFlows flows) {
      moves.add("flows at " + flows.formerOwner() + " " + flows.flows().size());
    }

    @Override
    public void complete(String node, InetAddress address) {
      moves.add("complete from " + node);
    }

    @Override
    public void released(String node, Set<InetAddress> addresses) {
      moves.add("released by %s: %s".formatted(node, addresses));
    }

    @Override
    public void ended(String node) {}
  }

  @BeforeEach
  void findPort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, ADDRESSES.get("n1"))) {
      port = free.getLocalPort();
    }
  }

  @AfterEach
  void close() {
    all.forEach(node -> node.exchange.close());
  }

  @Test
  void nodes_know_the_claims_of_each_other() {
    // Given
    TestNode first = new TestNode("n1");
    first.exchange.setClaims(Map.of(ONE, 3L));

    // When
    TestNode second = new TestNode("n2");
    second.exchange.setClaims(Map.of(TWO, 7L));

    // Then
    second.awaitClaims("n1", Map.of(ONE, 3L));
    first.awaitClaims("n2", Map.of(TWO, 7L));
    assertThat(first.exchange.claims()).doesNotContainKeys("n1", "n3");
  }

  @Test
  void nodes_that_are_not_neighbors_connect_only_while_one_asks_for_claims() throws Exception {
    // Given
    Map<String, InetAddress> cluster = largeCluster();
    assertThat(PeerRings.neighbors("n1", others(cluster, "n1"))).doesNotContain("n2");
    // Among neighbors, the other one would connect.
    TestNode first = new TestNode("n2", cluster);
    TestNode second = new TestNode("n1", cluster);
    second.exchange.setClaims(Map.of(ONE, 3L));
    await()
        .during(Duration.ofSeconds(2))
        .atMost(Duration.ofSeconds(4))
        .until(() -> first.exchange.claims().isEmpty() && second.exchange.claims().isEmpty());

    // When
    Set<String> answered = first.exchange.resync().toCompletableFuture().get(5, TimeUnit.SECONDS);

    // Then
    assertThat(answered).containsExactly("n1");
    assertThat(first.exchange.claims()).containsEntry("n1", Map.of(ONE, 3L));
    await()
        .atMost(Duration.ofSeconds(15))
        .until(() -> first.exchange.claims().isEmpty() && second.exchange.claims().isEmpty());
    assertThat(first.ended).isEmpty();
    assertThat(second.ended).isEmpty();
  }

  @Test
  void former_neighbors_part_without_a_death() {
    // Given
    TestNode first = new TestNode("n1");
    TestNode second = new TestNode("n2");
    first.exchange.setClaims(Map.of(ONE, 3L));
    second.awaitClaims("n1", Map.of(ONE, 3L));

    // When
    second.exchange.setPeers(largeCluster());
    first.exchange.setPeers(largeCluster());

    // Then
    await()
        .atMost(Duration.ofSeconds(15))
        .until(() -> first.exchange.claims().isEmpty() && second.exchange.claims().isEmpty());
    assertThat(first.ended).isEmpty();
    assertThat(second.ended).isEmpty();
  }

  /** Nodes n1, n2 and n3, and others that nobody has started. */
  private static Map<String, InetAddress> largeCluster() {
    Map<String, InetAddress> cluster = new HashMap<>(ADDRESSES);
    IntStream.range(0, 57)
        .forEach(i -> cluster.put("other" + i, InetAddress.ofLiteral("127.0.1." + (i + 1))));
    return cluster;
  }

  private static Set<String> others(Map<String, InetAddress> cluster, String self) {
    Set<String> others = new HashSet<>(cluster.keySet());
    others.remove(self);
    return others;
  }

  @Test
  void a_change_of_claims_arrives_and_the_listener_is_called() {
    // Given
    TestNode first = new TestNode("n1");
    TestNode second = new TestNode("n2");
    first.exchange.setClaims(Map.of(ONE, 3L));
    second.awaitClaims("n1", Map.of(ONE, 3L));
    second.changes.clear();

    // When
    first.exchange.setClaims(Map.of(TWO, 1L));

    // Then
    second.awaitClaims("n1", Map.of(TWO, 1L));
    await().until(() -> second.changes.equals(List.of(Set.of(ONE, TWO))));
  }

  /** The larger number is more than the kernel and the reader take at once. */
  @ParameterizedTest
  @ValueSource(ints = {50_000, 400_000})
  void a_large_number_of_claims_arrives(int count) {
    // Given
    TestNode first = new TestNode("n1");
    Map<InetAddress, Long> claims = new HashMap<>();
    IntStream.range(0, count).forEach(i -> claims.put(ipv6(i), 1L));
    first.exchange.setClaims(claims);
    TestNode second = new TestNode("n2");
    second.awaitClaims("n1", claims);

    // When
    claims.remove(ipv6(0));
    first.exchange.setClaims(claims);

    // Then
    second.awaitClaims("n1", claims);
    assertThat(first.ended).isEmpty();
    assertThat(second.ended).isEmpty();
  }

  @Test
  void connections_that_say_little_do_not_keep_other_nodes_out() throws Exception {
    // Given
    TestNode second = new TestNode("n2");
    await().until(this::isListening);
    List<Socket> slow = new ArrayList<>();
    ScheduledExecutorService writer = Executors.newSingleThreadScheduledExecutor();
    try {
      for (int i = 0; i < 150; i++) {
        Socket socket = new Socket(ADDRESSES.get("n2"), port, ADDRESSES.get("n1"), 0);
        socket.getOutputStream().write(ByteBuffer.allocate(4).putInt(500).array());
        slow.add(socket);
      }
      var unused =
          writer.scheduleAtFixedRate(() -> slow.forEach(TcpClaimsTest::drip), 0, 300, MILLISECONDS);

      // When
      TestNode first = new TestNode("n1");
      first.exchange.setClaims(Map.of(ONE, 3L));

      // Then
      second.awaitClaims("n1", Map.of(ONE, 3L));
      await()
          .atMost(Duration.ofSeconds(5))
          .untilAsserted(() -> assertThat(slow).allMatch(Socket::isClosed));
    } finally {
      writer.shutdownNow();
    }
  }

  @Test
  void a_connection_from_an_address_of_no_node_is_closed_at_once() throws Exception {
    // Given
    TestNode second = new TestNode("n2");
    await().until(this::isListening);

    // When
    try (Socket socket =
        new Socket(ADDRESSES.get("n2"), port, InetAddress.ofLiteral("127.0.0.9"), 0)) {
      socket.setSoTimeout(1000);

      // Then
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
    assertThat(second.exchange.claims()).isEmpty();
  }

  private boolean isListening() {
    try (Socket _ = new Socket(ADDRESSES.get("n2"), port)) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** The start of a frame that does not end. */
  private static void drip(Socket socket) {
    try {
      if (!socket.isClosed()) {
        socket.getOutputStream().write(0);
        socket.getOutputStream().flush();
      }
    } catch (IOException e) {
      closeQuietly(socket);
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InetAddress ipv6(int i) {
    return InetAddress.ofLiteral("2001:db8::%x:%x".formatted(i >> 16, i & 0xffff));
  }

  @Test
  void both_sides_notice_the_end_of_a_process_once() {
    // Given
    TestNode first = new TestNode("n1");
    TestNode second = new TestNode("n2");
    TestNode third = new TestNode("n3");
    awaitAll(first, second, third);

    // When
    second.exchange.mute();

    // Then
    await().atMost(Duration.ofSeconds(5)).until(() -> first.ended.equals(List.of("n2")));
    await().atMost(Duration.ofSeconds(5)).until(() -> third.ended.equals(List.of("n2")));
    await()
        .during(Duration.ofMillis(1500))
        .until(() -> first.ended.size() == 1 && third.ended.size() == 1);
  }

  /** As the kernel does for a process that is killed, until it closes the listener. */
  @Test
  void connections_to_a_listener_that_is_about_to_close_do_not_hide_the_end_of_a_process()
      throws IOException {
    // Given
    TestNode first = new TestNode("n1");
    TestNode second = new TestNode("n2");
    TestNode third = new TestNode("n3");
    awaitAll(first, second, third);
    second.exchange.mute();

    // When
    try (ServerSocket listener = bindSoon(ADDRESSES.get("n2"))) {
      await().pollDelay(Duration.ofMillis(150)).until(listener::isBound);
    }

    // Then
    await().atMost(Duration.ofSeconds(5)).until(() -> first.ended.equals(List.of("n2")));
    await().atMost(Duration.ofSeconds(5)).until(() -> third.ended.equals(List.of("n2")));
  }

  private ServerSocket bindSoon(InetAddress address) throws IOException {
    for (int attempt = 0; ; attempt++) {
      try {
        return new ServerSocket(port, 50, address);
      } catch (BindException e) {
        if (attempt == 1_000_000) {
          throw e;
        }
      }
    }
  }

  @Test
  void a_process_that_makes_room_for_another_one_of_its_node_has_not_ended() {
    // Given
    TestNode first = new TestNode("n1");
    TestNode second = new TestNode("n2");
    TestNode third = new TestNode("n3");
    second.exchange.setClaims(Map.of(ONE, 3L));
    awaitAll(first, second, third);
    first.awaitClaims("n2", Map.of(ONE, 3L));

    // When
    second.exchange.stop();

    // Then
    await()
        .during(Duration.ofSeconds(1))
        .until(() -> first.ended.isEmpty() && third.ended.isEmpty());
    assertThat(first.exchange.claims()).containsEntry("n2", Map.of(ONE, 3L));
    new TestNode("n2").exchange.setClaims(Map.of(TWO, 4L));
    first.awaitClaims("n2", Map.of(TWO, 4L));
    third.awaitClaims("n2", Map.of(TWO, 4L));
  }

  @Test
  void a_resync_completes_after_all_that_was_claimed_before() throws Exception {
    // Given
    TestNode first = new TestNode("n1");
    TestNode second = new TestNode("n2");
    TestNode third = new TestNode("n3");
    awaitAll(first, second, third);
    first.exchange.setClaims(Map.of(ONE, 8L));
    third.exchange.setClaims(Map.of(TWO, 9L));

    // When
    second.exchange.resync().toCompletableFuture().get(5, TimeUnit.SECONDS);

    // Then
    assertThat(second.exchange.claims())
        .isEqualTo(Map.of("n1", Map.of(ONE, 8L), "n3", Map.of(TWO, 9L)));
  }

  @Test
  void a_resync_does_not_wait_for_a_node_that_is_not_there() throws Exception {
    // Given
    TestNode first = new TestNode("n1");

    // When
    first.exchange.resync().toCompletableFuture().get(5, TimeUnit.SECONDS);

    // Then
    assertThat(first.exchange.claims()).isEmpty();
  }

  @Test
  void a_node_with_another_key_learns_nothing_and_is_not_believed() {
    // Given
    TestNode first = new TestNode("n1");
    TestNode second = new TestNode("n2");
    first.exchange.setKeys(List.of(NEXT_KEY));

    // When
    first.exchange.setClaims(Map.of(ONE, 3L));
    second.exchange.setClaims(Map.of(TWO, 3L));

    // Then
    await()
        .during(Duration.ofSeconds(2))
        .until(
            () ->
                !second.exchange.claims().containsValue(Map.of(ONE, 3L))
                    && !first.exchange.claims().containsValue(Map.of(TWO, 3L)));
    assertThat(first.ended).isEmpty();
    assertThat(second.ended).isEmpty();
  }

  @Test
  void keys_are_replaced_without_a_gap() {
    // Given
    TestNode first = new TestNode("n1");
    TestNode second = new TestNode("n2");
    awaitAll(first, second);

    // When
    first.exchange.setKeys(List.of(KEY, NEXT_KEY));
    second.exchange.setKeys(List.of(NEXT_KEY, KEY));
    first.exchange.setKeys(List.of(NEXT_KEY));
    second.exchange.setKeys(List.of(NEXT_KEY));

    // Then
    first.exchange.setClaims(Map.of(ONE, 5L));
    second.awaitClaims("n1", Map.of(ONE, 5L));
    assertThat(first.ended).isEmpty();
    assertThat(second.ended).isEmpty();
  }

  @Test
  void what_another_program_sends_ends_its_connection_only() throws Exception {
    // Given
    TestNode first = new TestNode("n1");
    TestNode second = new TestNode("n2");
    first.exchange.setClaims(Map.of(ONE, 3L));
    second.awaitClaims("n1", Map.of(ONE, 3L));

    for (byte[] bytes :
        List.of(
            ByteBuffer.allocate(4).putInt(Integer.MAX_VALUE).array(),
            ByteBuffer.allocate(4).putInt(0).array(),
            ByteBuffer.allocate(6).putInt(2).put((byte) 6).array(),
            ByteBuffer.allocate(5).putInt(1).put((byte) 8).array())) {
      // When
      try (Socket socket = new Socket(ADDRESSES.get("n2"), port, ADDRESSES.get("n1"), 0)) {
        socket.setSoTimeout(5000);
        socket.getOutputStream().write(bytes);

        // Then
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
      }
    }
    first.exchange.setClaims(Map.of(ONE, 4L));
    second.awaitClaims("n1", Map.of(ONE, 4L));
    assertThat(second.ended).isEmpty();
  }

  @Test
  void the_claims_of_a_node_that_has_left_the_cluster_are_forgotten() {
    // Given
    TestNode first = new TestNode("n1");
    TestNode second = new TestNode("n2");
    first.exchange.setClaims(Map.of(ONE, 3L));
    second.awaitClaims("n1", Map.of(ONE, 3L));
    second.changes.clear();

    // When
    second.exchange.setPeers(Map.of("n3", ADDRESSES.get("n3")));

    // Then
    await().until(() -> second.exchange.claims().isEmpty());
    await().until(() -> second.changes.equals(List.of(Set.of(ONE))));
  }

  private static void awaitAll(TestNode... nodes) {
    for (TestNode node : nodes) {
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> node.exchange.claims().size() == nodes.length - 1);
    }
  }

  private static SecretKeySpec key(String text) {
    return new SecretKeySpec(
        text.getBytes(java.nio.charset.StandardCharsets.US_ASCII), "HmacSHA256");
  }

  @Test
  void an_address_moves_with_the_list_of_its_flows() throws Exception {
    // Given
    TestNode owner = new TestNode("n1");
    TestNode next = new TestNode("n2");
    await().until(() -> owner.exchange.reaches("n2") && next.exchange.reaches("n1"));
    var flow = new FiveTuple(ADDRESSES.get("n3"), 1234, new Binding(ONE, 80, Protocol.TCP));

    // When
    next.exchange
        .request(Map.of("n1", Set.of(ONE), "n3", Set.of(TWO)))
        .toCompletableFuture()
        .get(5, TimeUnit.SECONDS);
    owner.exchange.send(
        "n2",
        ONE,
        List.of(
            new HandedOverFlows(
                ONE, "n1", Duration.ofSeconds(9), Collections.nCopies(5000, flow))));
    owner.exchange.released(Set.of(ONE));

    // Then
    assertThat(owner.moves).containsExactly("requested [" + ONE + "]");
    await()
        .untilAsserted(
            () ->
                assertThat(next.moves)
                    .containsExactly(
                        "flows at n1 2500",
                        "flows at n1 2500",
                        "complete from n1",
                        "released by n1: [" + ONE + "]"));
  }

  @Test
  void a_node_that_connects_later_learns_which_addresses_were_released() {
    // Given
    TestNode owner = new TestNode("n1");
    owner.exchange.released(Set.of(ONE, TWO));
    owner.exchange.send("n2", TWO, List.of());

    // When
    TestNode next = new TestNode("n2");

    // Then
    await().until(() -> next.moves.contains("released by n1: [" + ONE + "]"));
  }

  @Test
  void a_request_ends_with_the_connection() {
    // Given
    TestNode next = new TestNode("n2");
    TestNode owner = new TestNode("n1");
    await().until(() -> next.exchange.reaches("n1"));

    // When
    owner.exchange.mute();

    // Then
    await().until(() -> !next.exchange.reaches("n1"));
    assertThat(next.exchange.request(Map.of("n1", Set.of(ONE))))
        .succeedsWithin(Duration.ofSeconds(5));
  }

  @Test
  void a_node_that_has_left_the_cluster_takes_no_part_in_handovers() {
    // Given
    TestNode next = new TestNode("n2");
    TestNode owner = new TestNode("n1");
    await().until(() -> next.exchange.reaches("n1") && owner.exchange.reaches("n2"));

    // When
    next.exchange.setPeers(Map.of("n3", ADDRESSES.get("n3")));

    // Then
    await().until(() -> !next.exchange.reaches("n1"));
  }
}
