package dev.ballast.dataplane.server.announce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.announce.ConflictTable.NextAction;
import dev.ballast.dataplane.server.announce.ConflictTable.ProbeResult;
import dev.ballast.dataplane.server.announce.packet.NeighborEntry;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who counts as a rival, and when. */
@Tag("feature:address")
class ConflictTableTest {

  private static final InetAddress ADDRESS = InetAddress.ofLiteral("192.0.2.7");
  private static final InetAddress OTHER = InetAddress.ofLiteral("192.0.2.8");
  private static final String STRANGER = "52:54:00:00:00:01";
  private static final String NODE = "02:00:00:00:00:02";
  private static final ProbeResult IN_USE = new ProbeResult.AddressInUse(STRANGER);

  private final ConflictTable conflictTable = new ConflictTable();
  private long now = Duration.ofHours(1).toNanos();

  @Test
  void an_address_that_nobody_claims_is_free_when_the_time_is_over() {
    // Given
    begin();
    assertThat(conflictTable.probeResult(ADDRESS)).contains(new ProbeResult.ProbeRunning());

    // When
    conflictTable.endProbe(ADDRESS);

    // Then
    assertThat(conflictTable.probeResult(ADDRESS)).contains(new ProbeResult.AddressFree());
  }

  @Test
  void an_unknown_machine_is_looked_into_once_and_the_address_waits_for_that() {
    // Given
    begin();
    assertThat(claim(ADDRESS, STRANGER)).isEqualTo(NextAction.IDENTIFY);
    assertThat(claim(ADDRESS, STRANGER)).isEqualTo(NextAction.NONE);

    // When
    conflictTable.endProbe(ADDRESS);

    // Then
    assertThat(conflictTable.probeResult(ADDRESS)).contains(new ProbeResult.ProbeRunning());
  }

  @Test
  void a_machine_that_no_node_s_address_answers_from_is_a_stranger_and_the_address_in_use() {
    // Given
    begin();
    claim(ADDRESS, STRANGER);
    conflictTable.endProbe(ADDRESS);

    // When
    boolean news = conflictTable.classify(STRANGER, now);

    // Then
    assertThat(news).isTrue();
    assertThat(conflictTable.probeResult(ADDRESS)).contains(IN_USE);
  }

  @Test
  void a_node_that_has_the_address_is_no_rival() {
    // Given
    begin();
    claim(ADDRESS, NODE);
    conflictTable.addNode(NODE, now);

    // When
    conflictTable.classify(NODE, now);

    // Then
    assertThat(conflictTable.probeResult(ADDRESS)).contains(new ProbeResult.AddressFree());
    conflictTable.addAcquired(ADDRESS);
    assertThat(claim(ADDRESS, NODE)).isEqualTo(NextAction.NONE);
    assertThat(conflictTable.conflictingMac(ADDRESS)).isEmpty();
  }

  @Test
  void a_known_stranger_is_told_of_atOnce() {
    // Given
    beStranger();
    begin();

    // When
    NextAction nextAction = claim(ADDRESS, STRANGER);

    // Then
    assertThat(nextAction).isEqualTo(NextAction.NOTIFY);
    assertThat(conflictTable.probeResult(ADDRESS)).contains(IN_USE);
  }

  @Test
  void a_stranger_is_looked_into_anew_after_a_while_since_it_may_have_become_a_node() {
    // Given
    beStranger();
    pass(Duration.ofMinutes(1));

    // When
    NextAction nextAction = claim(ADDRESS, STRANGER);

    // Then
    assertThat(nextAction).isEqualTo(NextAction.IDENTIFY);
  }

  @Test
  void an_address_in_use_is_asked_for_again_after_a_rest_and_counts_as_in_use_meanwhile() {
    // Given
    inUse();
    assertThat(conflictTable.startProbe(ADDRESS, now)).isFalse();
    pass(ConflictTable.MIN_PROBE_INTERVAL);

    // When
    boolean begun = conflictTable.startProbe(ADDRESS, now);

    // Then
    assertThat(begun).isTrue();
    assertThat(conflictTable.probeResult(ADDRESS)).contains(IN_USE);
    conflictTable.endProbe(ADDRESS);
    assertThat(conflictTable.probeResult(ADDRESS)).contains(new ProbeResult.AddressFree());
  }

  @Test
  void what_no_machine_may_have_is_unusable_whether_somebody_answers_or_not() {
    // Given
    begin();

    // When
    conflictTable.markUnusable(ADDRESS, "it is the broadcast address");

    // Then
    conflictTable.endProbe(ADDRESS);
    assertThat(conflictTable.probeResult(ADDRESS))
        .contains(new ProbeResult.AddressUnusable("it is the broadcast address"));
  }

  @Test
  void a_stranger_that_claims_what_this_node_holds_is_in_conflict_with_it() {
    // Given
    conflictTable.addAcquired(ADDRESS);
    claim(ADDRESS, STRANGER);

    // When
    boolean news = conflictTable.classify(STRANGER, now);

    // Then
    assertThat(news).isTrue();
    assertThat(conflictTable.conflictingMac(ADDRESS)).contains(STRANGER);
    assertThat(claim(ADDRESS, STRANGER)).as("said once").isEqualTo(NextAction.NONE);
    assertThat(conflictTable.conflictingMac(OTHER)).isEmpty();
  }

  @Test
  void a_conflict_is_over_when_the_other_one_is_silent_for_long() {
    // Given
    conflictTable.addAcquired(ADDRESS);
    beStranger();
    claim(ADDRESS, STRANGER);
    pass(ConflictTable.CONFLICT_TIMEOUT.minusSeconds(1));
    assertThat(conflictTable.expireConflicts(now)).isFalse();
    pass(Duration.ofSeconds(1));

    // When
    boolean over = conflictTable.expireConflicts(now);

    // Then
    assertThat(over).isTrue();
    assertThat(conflictTable.conflictingMac(ADDRESS)).isEmpty();
  }

  @Test
  void what_is_let_go_of_is_in_conflict_with_nobody() {
    // Given
    conflictTable.addAcquired(ADDRESS);
    beStranger();
    claim(ADDRESS, STRANGER);

    // When
    conflictTable.retainAcquired(Set.of(OTHER));

    // Then
    assertThat(conflictTable.conflictingMac(ADDRESS)).isEmpty();
  }

  private void begin() {
    assertThat(conflictTable.startProbe(ADDRESS, now)).isTrue();
  }

  private NextAction claim(InetAddress address, String mac) {
    return conflictTable.entryReceived(new NeighborEntry(address, mac), now);
  }

  /** By a claim to an address that is neither probed nor held. */
  private void beStranger() {
    claim(OTHER, STRANGER);
    conflictTable.classify(STRANGER, now);
  }

  private void inUse() {
    begin();
    claim(ADDRESS, STRANGER);
    conflictTable.classify(STRANGER, now);
    assertThat(conflictTable.probeResult(ADDRESS)).contains(IN_USE);
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }
}
