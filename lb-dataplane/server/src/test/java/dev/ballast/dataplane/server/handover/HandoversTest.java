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
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** This node is n2. It is connected with n1 and n3, of which n3 is dead. */
@Tag("feature:faults")
class HandoversTest {

  private static final InetAddress ADDRESS = InetAddress.ofLiteral("198.18.100.7");
  private static final FiveTuple FLOW =
      new FiveTuple(
          InetAddress.ofLiteral("192.0.2.1"), 40_000, new Binding(ADDRESS, 80, Protocol.TCP));

  private final List<String> calls = new ArrayList<>();
  private long nanoTime;

  private final FormerOwners formerOwners =
      new FormerOwners(
          "n2",
          new FlowForwarder() {
            @Override
            public void awaitFlows(
                FormerOwner formerOwner, Collection<InetAddress> addresses, Duration timeout) {
              calls.add("await " + addresses.size());
            }
          },
          (node, address) -> Optional.of(new FormerOwner(InetAddress.ofLiteral("198.18.0.1"), 2)),
          addresses -> {},
          () -> nanoTime);

  private final Handovers handovers =
      Handovers.create(
          "n2",
          Duration.ofSeconds(30),
          addresses -> CompletableFuture.completedStage(Map.of(ADDRESS, List.of(FLOW))),
          new RecordingExchange(calls).withoutNodes("n3"::equals),
          formerOwners,
          () -> nanoTime);

  /** Records whose flows are sent, and reaches both nodes. */
  private static final class RecordingExchange extends FakeHandoverExchange {

    private final List<String> calls;

    RecordingExchange(List<String> calls) {
      super(calls);
      this.calls = calls;
      reached.addAll(List.of("n1", "n3"));
    }

    @Override
    public void send(String node, InetAddress address, List<HandedOverFlows> flows) {
      calls.add(
          "send %s to %s"
              .formatted(flows.stream().map(HandedOverFlows::formerOwner).toList(), node));
    }
  }

  @AfterEach
  void close() {
    formerOwners.close();
  }

  @Test
  void a_living_owner_is_asked_once_within_its_silence() throws Exception {
    // When
    handovers.take(Map.of(ADDRESS, "n1"));
    handovers.take(Map.of(ADDRESS, "n1"));

    // Then
    assertThat(calls).containsExactly("request [n1]", "await 1");
  }

  @Test
  void an_owner_whose_silence_is_over_is_asked_again() throws Exception {
    // Given
    handovers.take(Map.of(ADDRESS, "n1"));
    calls.clear();

    // When
    nanoTime = Duration.ofSeconds(1).toNanos();
    handovers.take(Map.of(ADDRESS, "n1"));

    // Then
    assertThat(calls).containsExactly("request [n1]", "await 1");
  }

  @Test
  void a_dead_owner_is_not_waited_for_although_its_connection_is_open() throws Exception {
    // When
    handovers.take(Map.of(ADDRESS, "n3"));

    // Then
    assertThat(calls).isEmpty();
    assertThat(handovers.passesOn("n3")).isFalse();
  }

  @Test
  void a_node_that_takes_its_address_back_gets_no_list_of_its_own_connections() {
    // Given
    formerOwners.received(
        new HandedOverFlows(ADDRESS, "n1", Duration.ofSeconds(30), List.of(FLOW)));
    await().until(() -> !formerOwners.of(ADDRESS).isEmpty());

    // When
    handovers.begin(Map.of(ADDRESS, "n1"));

    // Then
    assertThat(calls).containsExactly("send [n2] to n1");
  }
}
