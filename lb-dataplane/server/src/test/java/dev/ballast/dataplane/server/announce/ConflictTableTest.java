package dev.ballast.dataplane.server.announce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.announce.ConflictTable.NextAction;
import dev.ballast.dataplane.server.announce.ConflictTable.ProbeResult;
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
  void an_unclaimed_address_is_free_after_the_probe() {
    // Given
    begin();
    assertThat(conflictTable.found(ADDRESS)).contains(new ProbeResult.ProbeRunning());

    // When
    conflictTable.lapse(ADDRESS);

    // Then
    assertThat(conflictTable.found(ADDRESS)).contains(new ProbeResult.AddressFree());
  }

  @Test
  void an_unknown_machine_is_identified_once_while_the_address_waits() {
    // Given
    begin();
    assertThat(claim(ADDRESS, STRANGER)).isEqualTo(NextAction.ASK_WHO);
    assertThat(claim(ADDRESS, STRANGER)).isEqualTo(NextAction.NOTHING);

    // When
    conflictTable.lapse(ADDRESS);

    // Then
    assertThat(conflictTable.found(ADDRESS)).contains(new ProbeResult.ProbeRunning());
  }

  @Test
  void a_machine_that_is_not_a_node_makes_the_address_in_use() {
    // Given
    begin();
    claim(ADDRESS, STRANGER);
    conflictTable.lapse(ADDRESS);

    // When
    boolean news = conflictTable.judge(STRANGER, now);

    // Then
    assertThat(news).isTrue();
    assertThat(conflictTable.found(ADDRESS)).contains(IN_USE);
  }

  @Test
  void a_node_that_has_the_address_is_not_a_conflict() {
    // Given
    begin();
    claim(ADDRESS, NODE);
    conflictTable.isNode(NODE, now);

    // When
    conflictTable.judge(NODE, now);

    // Then
    assertThat(conflictTable.found(ADDRESS)).contains(new ProbeResult.AddressFree());
    conflictTable.hold(ADDRESS);
    assertThat(claim(ADDRESS, NODE)).isEqualTo(NextAction.NOTHING);
    assertThat(conflictTable.conflict(ADDRESS)).isEmpty();
  }

  @Test
  void a_known_foreign_machine_is_reported_at_once() {
    // Given
    beStranger();
    begin();

    // When
    NextAction nextAction = claim(ADDRESS, STRANGER);

    // Then
    assertThat(nextAction).isEqualTo(NextAction.TELL);
    assertThat(conflictTable.found(ADDRESS)).contains(IN_USE);
  }

  @Test
  void a_foreign_machine_is_identified_again_later_because_it_may_become_a_node() {
    // Given
    beStranger();
    pass(Duration.ofMinutes(1));

    // When
    NextAction nextAction = claim(ADDRESS, STRANGER);

    // Then
    assertThat(nextAction).isEqualTo(NextAction.ASK_WHO);
  }

  @Test
  void an_address_in_use_is_probed_again_and_stays_in_use_until_then() {
    // Given
    inUse();
    assertThat(conflictTable.begin(ADDRESS, now)).isFalse();
    pass(ConflictTable.REST);

    // When
    boolean begun = conflictTable.begin(ADDRESS, now);

    // Then
    assertThat(begun).isTrue();
    assertThat(conflictTable.found(ADDRESS)).contains(IN_USE);
    conflictTable.lapse(ADDRESS);
    assertThat(conflictTable.found(ADDRESS)).contains(new ProbeResult.AddressFree());
  }

  @Test
  void a_special_address_is_unusable_with_or_without_an_answer() {
    // Given
    begin();

    // When
    conflictTable.refuse(ADDRESS, "it is the broadcast address");

    // Then
    conflictTable.lapse(ADDRESS);
    assertThat(conflictTable.found(ADDRESS))
        .contains(new ProbeResult.AddressUnusable("it is the broadcast address"));
  }

  @Test
  void a_foreign_machine_that_claims_a_held_address_is_a_conflict() {
    // Given
    conflictTable.hold(ADDRESS);
    claim(ADDRESS, STRANGER);

    // When
    boolean news = conflictTable.judge(STRANGER, now);

    // Then
    assertThat(news).isTrue();
    assertThat(conflictTable.conflict(ADDRESS)).contains(STRANGER);
    assertThat(claim(ADDRESS, STRANGER)).as("said once").isEqualTo(NextAction.NOTHING);
    assertThat(conflictTable.conflict(OTHER)).isEmpty();
  }

  @Test
  void a_conflict_ends_when_the_other_machine_is_silent_for_long() {
    // Given
    conflictTable.hold(ADDRESS);
    beStranger();
    claim(ADDRESS, STRANGER);
    pass(ConflictTable.SILENCE.minusSeconds(1));
    assertThat(conflictTable.expire(now)).isFalse();
    pass(Duration.ofSeconds(1));

    // When
    boolean over = conflictTable.expire(now);

    // Then
    assertThat(over).isTrue();
    assertThat(conflictTable.conflict(ADDRESS)).isEmpty();
  }

  @Test
  void a_released_address_has_no_conflict() {
    // Given
    conflictTable.hold(ADDRESS);
    beStranger();
    claim(ADDRESS, STRANGER);

    // When
    conflictTable.holdOnly(Set.of(OTHER));

    // Then
    assertThat(conflictTable.conflict(ADDRESS)).isEmpty();
  }

  private void begin() {
    assertThat(conflictTable.begin(ADDRESS, now)).isTrue();
  }

  private NextAction claim(InetAddress address, String mac) {
    return conflictTable.heard(new NeighborEntry(address, mac), now);
  }

  /** By a claim to an address that is neither probed nor held. */
  private void beStranger() {
    claim(OTHER, STRANGER);
    conflictTable.judge(STRANGER, now);
  }

  private void inUse() {
    begin();
    claim(ADDRESS, STRANGER);
    conflictTable.judge(STRANGER, now);
    assertThat(conflictTable.found(ADDRESS)).contains(IN_USE);
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }
}
