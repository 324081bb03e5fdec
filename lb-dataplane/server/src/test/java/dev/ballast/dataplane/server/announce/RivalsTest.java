package dev.ballast.dataplane.server.announce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.announce.Rivals.Finding;
import dev.ballast.dataplane.server.announce.Rivals.Then;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who counts as a rival, and when. */
@Tag("feature:address")
class RivalsTest {

  private static final InetAddress ADDRESS = InetAddress.ofLiteral("192.0.2.7");
  private static final InetAddress OTHER = InetAddress.ofLiteral("192.0.2.8");
  private static final String STRANGER = "52:54:00:00:00:01";
  private static final String NODE = "02:00:00:00:00:02";
  private static final Finding IN_USE = new Finding.InUse(STRANGER);

  private final Rivals rivals = new Rivals();
  private long now = Duration.ofHours(1).toNanos();

  @Test
  void an_address_that_nobody_claims_is_free_when_the_time_is_over() {
    // Given
    begin();
    assertThat(rivals.found(ADDRESS)).contains(new Finding.Running());

    // When
    rivals.lapse(ADDRESS);

    // Then
    assertThat(rivals.found(ADDRESS)).contains(new Finding.Free());
  }

  @Test
  void an_unknown_machine_is_looked_into_once_and_the_address_waits_for_that() {
    // Given
    begin();
    assertThat(claim(ADDRESS, STRANGER)).isEqualTo(Then.ASK_WHO);
    assertThat(claim(ADDRESS, STRANGER)).isEqualTo(Then.NOTHING);

    // When
    rivals.lapse(ADDRESS);

    // Then
    assertThat(rivals.found(ADDRESS)).contains(new Finding.Running());
  }

  @Test
  void a_machine_that_no_node_s_address_answers_from_is_a_stranger_and_the_address_in_use() {
    // Given
    begin();
    claim(ADDRESS, STRANGER);
    rivals.lapse(ADDRESS);

    // When
    boolean news = rivals.judge(STRANGER, now);

    // Then
    assertThat(news).isTrue();
    assertThat(rivals.found(ADDRESS)).contains(IN_USE);
  }

  @Test
  void a_node_that_has_the_address_is_no_rival() {
    // Given
    begin();
    claim(ADDRESS, NODE);
    rivals.isNode(NODE, now);

    // When
    rivals.judge(NODE, now);

    // Then
    assertThat(rivals.found(ADDRESS)).contains(new Finding.Free());
    rivals.hold(ADDRESS);
    assertThat(claim(ADDRESS, NODE)).isEqualTo(Then.NOTHING);
    assertThat(rivals.conflict(ADDRESS)).isEmpty();
  }

  @Test
  void a_known_stranger_is_told_of_at_once() {
    // Given
    beStranger();
    begin();

    // When
    Then then = claim(ADDRESS, STRANGER);

    // Then
    assertThat(then).isEqualTo(Then.TELL);
    assertThat(rivals.found(ADDRESS)).contains(IN_USE);
  }

  @Test
  void a_stranger_is_looked_into_anew_after_a_while_since_it_may_have_become_a_node() {
    // Given
    beStranger();
    pass(Duration.ofMinutes(1));

    // When
    Then then = claim(ADDRESS, STRANGER);

    // Then
    assertThat(then).isEqualTo(Then.ASK_WHO);
  }

  @Test
  void an_address_in_use_is_asked_for_again_after_a_rest_and_counts_as_in_use_meanwhile() {
    // Given
    inUse();
    assertThat(rivals.begin(ADDRESS, now)).isFalse();
    pass(Rivals.REST);

    // When
    boolean begun = rivals.begin(ADDRESS, now);

    // Then
    assertThat(begun).isTrue();
    assertThat(rivals.found(ADDRESS)).contains(IN_USE);
    rivals.lapse(ADDRESS);
    assertThat(rivals.found(ADDRESS)).contains(new Finding.Free());
  }

  @Test
  void what_no_machine_may_have_is_unusable_whether_somebody_answers_or_not() {
    // Given
    begin();

    // When
    rivals.refuse(ADDRESS, "it is the broadcast address");

    // Then
    rivals.lapse(ADDRESS);
    assertThat(rivals.found(ADDRESS)).contains(new Finding.Unusable("it is the broadcast address"));
  }

  @Test
  void a_stranger_that_claims_what_this_node_holds_is_in_conflict_with_it() {
    // Given
    rivals.hold(ADDRESS);
    claim(ADDRESS, STRANGER);

    // When
    boolean news = rivals.judge(STRANGER, now);

    // Then
    assertThat(news).isTrue();
    assertThat(rivals.conflict(ADDRESS)).contains(STRANGER);
    assertThat(claim(ADDRESS, STRANGER)).as("said once").isEqualTo(Then.NOTHING);
    assertThat(rivals.conflict(OTHER)).isEmpty();
  }

  @Test
  void a_conflict_is_over_when_the_other_one_is_silent_for_long() {
    // Given
    rivals.hold(ADDRESS);
    beStranger();
    claim(ADDRESS, STRANGER);
    pass(Rivals.SILENCE.minusSeconds(1));
    assertThat(rivals.expire(now)).isFalse();
    pass(Duration.ofSeconds(1));

    // When
    boolean over = rivals.expire(now);

    // Then
    assertThat(over).isTrue();
    assertThat(rivals.conflict(ADDRESS)).isEmpty();
  }

  @Test
  void what_is_let_go_of_is_in_conflict_with_nobody() {
    // Given
    rivals.hold(ADDRESS);
    beStranger();
    claim(ADDRESS, STRANGER);

    // When
    rivals.holdOnly(Set.of(OTHER));

    // Then
    assertThat(rivals.conflict(ADDRESS)).isEmpty();
  }

  private void begin() {
    assertThat(rivals.begin(ADDRESS, now)).isTrue();
  }

  private Then claim(InetAddress address, String mac) {
    return rivals.heard(new Claim(address, mac), now);
  }

  /** By a claim to an address that is neither probed nor held. */
  private void beStranger() {
    claim(OTHER, STRANGER);
    rivals.judge(STRANGER, now);
  }

  private void inUse() {
    begin();
    claim(ADDRESS, STRANGER);
    rivals.judge(STRANGER, now);
    assertThat(rivals.found(ADDRESS)).contains(IN_USE);
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }
}
