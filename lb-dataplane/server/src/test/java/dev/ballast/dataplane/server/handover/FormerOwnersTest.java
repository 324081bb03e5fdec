package dev.ballast.dataplane.server.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.plan.FiveTuple;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.server.steering.forwarding.FlowForwarder;
import dev.ballast.dataplane.server.steering.forwarding.FormerOwner;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Node n1 is on a link with this one, and n9 is not. */
@Tag("feature:faults")
class FormerOwnersTest {

  private static final InetAddress ADDRESS = InetAddress.ofLiteral("198.18.100.7");
  private static final InetAddress NODE = InetAddress.ofLiteral("198.18.0.1");
  private static final Duration DRAIN = Duration.ofSeconds(30);

  private final List<String> calls = new CopyOnWriteArrayList<>();
  private volatile long nanoTime;
  private final FormerOwners formerOwners =
      new FormerOwners(
          "n2",
          new RecordingForwarder(calls),
          (node, address) ->
              node.equals("n9") ? Optional.empty() : Optional.of(new FormerOwner(NODE, 2)),
          addresses -> calls.add("silent about " + addresses.size()),
          () -> nanoTime);

  private record RecordingForwarder(List<String> calls) implements FlowForwarder {

    @Override
    public void awaitFlows(
        FormerOwner formerOwner, Collection<InetAddress> addresses, Duration timeout) {
      calls.add("await " + addresses.size());
    }

    @Override
    public int forward(FormerOwner formerOwner, Collection<FiveTuple> flows, Duration timeout) {
      calls.add("forward %d for %d s".formatted(flows.size(), timeout.toSeconds()));
      return flows.size();
    }

    @Override
    public void flowsComplete(FormerOwner formerOwner, InetAddress address) {
      calls.add("complete");
    }

    @Override
    public void stopForwarding(InetAddress formerOwner, Set<InetAddress> addresses) {
      calls.add("stop %s %d".formatted(formerOwner.getHostAddress(), addresses.size()));
    }
  }

  @AfterEach
  void close() {
    formerOwners.close();
  }

  private static HandedOverFlows flows(String node, int count) {
    return new HandedOverFlows(
        ADDRESS,
        node,
        DRAIN,
        IntStream.range(0, count)
            .mapToObj(
                i ->
                    new FiveTuple(
                        InetAddress.ofLiteral("192.0.2.1"),
                        1 + i,
                        new Binding(ADDRESS, 80, Protocol.TCP)))
            .toList());
  }

  private void awaitCalls(String... expected) {
    await().untilAsserted(() -> assertThat(calls).containsExactly(expected));
  }

  @Test
  void packets_are_passed_on_before_the_list_and_by_the_list() {
    // Given
    formerOwners.await(Map.of("n1", Set.of(ADDRESS), "n9", Set.of(ADDRESS)));

    // When
    formerOwners.received(flows("n1", 3));
    formerOwners.complete("n1", ADDRESS);

    // Then
    awaitCalls("await 1", "forward 3 for 30 s", "complete");
  }

  @Test
  void nothing_is_passed_on_to_a_node_that_is_not_on_the_link() {
    // When
    formerOwners.received(flows("n9", 3));
    formerOwners.complete("n9", ADDRESS);

    // Then
    formerOwners.received(flows("n1", 1));
    awaitCalls("forward 1 for 30 s");
    assertThat(formerOwners.of(ADDRESS)).hasSize(1);
  }

  @Test
  void a_release_ends_what_is_passed_on_also_before_the_list() {
    // Given
    formerOwners.await(Map.of("n1", Set.of(ADDRESS)));

    // When
    formerOwners.released("n1", Set.of(ADDRESS));

    // Then
    awaitCalls("await 1", "stop 198.18.0.1 1");
  }

  @Test
  void the_end_of_a_node_ends_what_is_passed_on_to_it() {
    // Given
    formerOwners.received(flows("n1", 2));

    // When
    formerOwners.ended("n1");
    formerOwners.ended("n1");

    // Then
    awaitCalls("forward 2 for 30 s", "stop 198.18.0.1 1");
    assertThat(formerOwners.of(ADDRESS)).isEmpty();
  }

  @Test
  void the_end_of_a_node_ends_what_is_passed_on_before_its_list() {
    // Given
    formerOwners.await(Map.of("n1", Set.of(ADDRESS, NODE)));

    // When
    formerOwners.ended("n1");

    // Then
    awaitCalls("await 2", "stop 198.18.0.1 2");
  }

  @Test
  void a_node_passes_nothing_on_to_itself() {
    // When
    formerOwners.received(flows("n2", 3));

    // Then
    formerOwners.received(flows("n1", 1));
    awaitCalls("forward 1 for 30 s");
  }

  @Test
  void the_next_owner_gets_what_has_not_ended() {
    // Given
    formerOwners.received(flows("n1", 2));
    formerOwners.received(flows("n1", 3));
    awaitCalls("forward 2 for 30 s", "forward 3 for 30 s");

    // When
    nanoTime = Duration.ofSeconds(10).toNanos();
    List<HandedOverFlows> known = formerOwners.of(ADDRESS);

    // Then
    assertThat(known)
        .singleElement()
        .matches(it -> it.formerOwner().equals("n1"))
        .matches(it -> it.remaining().equals(Duration.ofSeconds(20)))
        .matches(it -> it.flows().size() == 3);
    nanoTime = DRAIN.toNanos();
    assertThat(formerOwners.of(ADDRESS)).isEmpty();
  }

  @Test
  void the_flows_in_memory_are_bounded() {
    // When
    formerOwners.received(flows("n1", 60_000));
    formerOwners.received(flows("n9", 10));
    formerOwners.received(new HandedOverFlows(NODE, "n1", DRAIN, flows("n1", 10_000).flows()));

    // Then
    awaitCalls("forward 60000 for 30 s", "forward 10000 for 30 s");
    assertThat(formerOwners.of(ADDRESS).getFirst().flows()).hasSize(60_000);
    assertThat(formerOwners.of(NODE).getFirst().flows()).hasSize(5_536);
  }

  @Test
  void a_request_makes_this_node_silent() {
    // When
    formerOwners.requested(Set.of(ADDRESS));

    // Then
    assertThat(calls).containsExactly("silent about 1");
  }
}
