package dev.ballast.dataplane.server.announce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.announce.ConflictTable.NextAction;
import dev.ballast.dataplane.server.announce.ConflictTable.ProbeResult;
import dev.ballast.dataplane.server.announce.packet.NeighborEntry;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Which machines are in conflict with this node, and when. */
@Tag("feature:address")
class ConflictTableTest {

  private static final InetAddress ADDRESS = InetAddress.ofLiteral("192.0.2.7");
  private static final InetAddress OTHER = InetAddress.ofLiteral("192.0.2.8");
  private static final String FOREIGN = "52:54:00:00:00:01";
  private static final String NODE = "02:00:00:00:00:02";
  private static final ProbeResult IN_USE = new ProbeResult.AddressInUse(FOREIGN, Optional.empty());

  private final ConflictTable conflictTable = new ConflictTable();
  private long now = Duration.ofHours(1).toNanos();

  @Test
  void an_address_without_an_answer_is_free_after_the_probe() {
    // Given
    startProbe();
    assertThat(conflictTable.probeResult(ADDRESS)).contains(new ProbeResult.ProbeRunning());

    // When
    conflictTable.endProbe(ADDRESS);

    // Then
    assertThat(conflictTable.probeResult(ADDRESS)).contains(new ProbeResult.AddressFree());
  }

  @Test
  void an_unknown_machine_is_identified_once_and_the_probe_waits_for_that() {
    // Given
    startProbe();
    assertThat(receive(ADDRESS, FOREIGN)).isEqualTo(NextAction.IDENTIFY);
    assertThat(receive(ADDRESS, FOREIGN)).isEqualTo(NextAction.NONE);

    // When
    conflictTable.endProbe(ADDRESS);

    // Then
    assertThat(conflictTable.probeResult(ADDRESS)).contains(new ProbeResult.ProbeRunning());
  }

  @Test
  void a_machine_without_the_address_of_a_node_is_foreign_and_the_address_is_in_use() {
    // Given
    startProbe();
    receive(ADDRESS, FOREIGN);
    conflictTable.endProbe(ADDRESS);

    // When
    boolean changed = conflictTable.classify(FOREIGN, now);

    // Then
    assertThat(changed).isTrue();
    assertThat(conflictTable.probeResult(ADDRESS)).contains(IN_USE);
  }

  @Test
  void a_node_that_hands_over_the_address_is_not_a_conflict() {
    // Given
    conflictTable.startProbe(ADDRESS, Set.of("n1"), now);
    receive(ADDRESS, NODE);
    conflictTable.addNode(NODE, Optional.of("n1"), now);

    // When
    conflictTable.classify(NODE, now);

    // Then
    assertThat(conflictTable.probeResult(ADDRESS)).contains(new ProbeResult.AddressFree());
    conflictTable.addAcquired(ADDRESS);
    assertThat(receive(ADDRESS, NODE)).isEqualTo(NextAction.NONE);
    assertThat(conflictTable.conflictingMac(ADDRESS)).isEmpty();
  }

  @Test
  void this_node_itself_is_not_a_conflict() {
    // Given
    startProbe();
    receive(ADDRESS, NODE);
    conflictTable.addNode(NODE, Optional.empty(), now);

    // When
    conflictTable.classify(NODE, now);

    // Then
    assertThat(conflictTable.probeResult(ADDRESS)).contains(new ProbeResult.AddressFree());
  }

  @Test
  void a_node_that_answers_two_probes_of_an_address_which_no_node_announced_is_in_conflict() {
    // Given
    startProbe();
    receive(ADDRESS, NODE);
    conflictTable.addNode(NODE, Optional.of("n1"), now);
    conflictTable.classify(NODE, now);
    conflictTable.endProbe(ADDRESS);
    assertThat(conflictTable.probeResult(ADDRESS)).contains(new ProbeResult.ProbeRunning());
    now += ConflictTable.CONFIRM_INTERVAL.toNanos();
    assertThat(conflictTable.startProbe(ADDRESS, Set.of("n2"), now)).isTrue();

    // When
    NextAction nextAction = receive(ADDRESS, NODE);

    // Then
    assertThat(nextAction).isEqualTo(NextAction.NOTIFY);
    assertThat(conflictTable.probeResult(ADDRESS))
        .contains(new ProbeResult.AddressInUse(NODE, Optional.of("n1")));
  }

  @Test
  void an_address_that_a_node_had_for_a_moment_is_free() {
    // Given
    conflictTable.addNode(NODE, Optional.of("n1"), now);
    conflictTable.startProbe(ADDRESS, Set.of(), now);
    receive(ADDRESS, NODE);
    conflictTable.endProbe(ADDRESS);
    now += ConflictTable.CONFIRM_INTERVAL.toNanos();
    conflictTable.startProbe(ADDRESS, Set.of(), now);

    // When
    conflictTable.endProbe(ADDRESS);

    // Then
    assertThat(conflictTable.probeResult(ADDRESS)).contains(new ProbeResult.AddressFree());
  }

  @Test
  void a_node_that_uses_an_acquired_address_is_not_in_conflict() {
    // Given
    conflictTable.addNode(NODE, Optional.of("n1"), now);
    conflictTable.addAcquired(ADDRESS);

    // When
    NextAction nextAction = receive(ADDRESS, NODE);

    // Then
    assertThat(nextAction).isEqualTo(NextAction.NONE);
    assertThat(conflictTable.conflictingMac(ADDRESS)).isEmpty();
  }

  @Test
  void a_known_foreign_machine_is_reported_at_once() {
    // Given
    identifyForeignMachine();
    startProbe();

    // When
    NextAction nextAction = receive(ADDRESS, FOREIGN);

    // Then
    assertThat(nextAction).isEqualTo(NextAction.NOTIFY);
    assertThat(conflictTable.probeResult(ADDRESS)).contains(IN_USE);
  }

  @Test
  void a_foreign_machine_is_identified_again_after_a_while_because_it_may_have_become_a_node() {
    // Given
    identifyForeignMachine();
    advance(Duration.ofMinutes(1));

    // When
    NextAction nextAction = receive(ADDRESS, FOREIGN);

    // Then
    assertThat(nextAction).isEqualTo(NextAction.IDENTIFY);
  }

  @Test
  void an_address_in_use_is_probed_again_after_a_pause_and_stays_in_use_meanwhile() {
    // Given
    inUse();
    assertThat(conflictTable.startProbe(ADDRESS, Set.of(), now)).isFalse();
    advance(ConflictTable.MIN_PROBE_INTERVAL);

    // When
    boolean started = conflictTable.startProbe(ADDRESS, Set.of(), now);

    // Then
    assertThat(started).isTrue();
    assertThat(conflictTable.probeResult(ADDRESS)).contains(IN_USE);
    conflictTable.endProbe(ADDRESS);
    assertThat(conflictTable.probeResult(ADDRESS)).contains(new ProbeResult.AddressFree());
  }

  @Test
  void an_unusable_address_stays_unusable_whether_a_machine_answers_or_not() {
    // Given
    startProbe();

    // When
    conflictTable.markUnusable(ADDRESS, "it is the broadcast address");

    // Then
    conflictTable.endProbe(ADDRESS);
    assertThat(conflictTable.probeResult(ADDRESS))
        .contains(new ProbeResult.AddressUnusable("it is the broadcast address"));
  }

  @Test
  void a_foreign_machine_that_uses_an_acquired_address_is_in_conflict() {
    // Given
    conflictTable.addAcquired(ADDRESS);
    receive(ADDRESS, FOREIGN);

    // When
    boolean changed = conflictTable.classify(FOREIGN, now);

    // Then
    assertThat(changed).isTrue();
    assertThat(conflictTable.conflictingMac(ADDRESS)).contains(FOREIGN);
    assertThat(receive(ADDRESS, FOREIGN)).as("said once").isEqualTo(NextAction.NONE);
    assertThat(conflictTable.conflictingMac(OTHER)).isEmpty();
  }

  @Test
  void a_conflict_ends_when_the_other_machine_does_not_answer_for_long() {
    // Given
    conflictTable.addAcquired(ADDRESS);
    identifyForeignMachine();
    receive(ADDRESS, FOREIGN);
    advance(ConflictTable.CONFLICT_TIMEOUT.minusSeconds(1));
    assertThat(conflictTable.expireConflicts(now)).isFalse();
    advance(Duration.ofSeconds(1));

    // When
    boolean over = conflictTable.expireConflicts(now);

    // Then
    assertThat(over).isTrue();
    assertThat(conflictTable.conflictingMac(ADDRESS)).isEmpty();
  }

  @Test
  void a_released_address_has_no_conflict() {
    // Given
    conflictTable.addAcquired(ADDRESS);
    identifyForeignMachine();
    receive(ADDRESS, FOREIGN);

    // When
    conflictTable.retainAcquired(Set.of(OTHER));

    // Then
    assertThat(conflictTable.conflictingMac(ADDRESS)).isEmpty();
  }

  private void startProbe() {
    assertThat(conflictTable.startProbe(ADDRESS, Set.of(), now)).isTrue();
  }

  private NextAction receive(InetAddress address, String mac) {
    return conflictTable.entryReceived(new NeighborEntry(address, mac), now);
  }

  /** By an entry of an address that is neither probed nor acquired. */
  private void identifyForeignMachine() {
    receive(OTHER, FOREIGN);
    conflictTable.classify(FOREIGN, now);
  }

  private void inUse() {
    startProbe();
    receive(ADDRESS, FOREIGN);
    conflictTable.classify(FOREIGN, now);
    assertThat(conflictTable.probeResult(ADDRESS)).contains(IN_USE);
  }

  private void advance(Duration time) {
    now += time.toNanos();
  }
}
