package dev.ballast.dataplane.server.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.diagnosis.Finding;
import dev.ballast.dataplane.server.diagnosis.FindingReason;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class HeartbeatFindingsTest {

  private long now = 1;
  private final HeartbeatFindings findings = new HeartbeatFindings(() -> now);

  @Test
  void nodes_whose_heartbeats_do_not_arrive_are_one_finding_with_the_port_to_open() {
    // When
    List<Finding> found =
        findings.update(
            true, true, new TreeMap<>(Map.of("n2", PeerFault.UNHEARD, "n3", PeerFault.UNHEARD)));

    // Then
    assertThat(found)
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.reason()).isEqualTo(FindingReason.HEARTBEATS_BLOCKED);
              assertThat(finding.message()).startsWith("No heartbeats arrive from n2, n3.");
              assertThat(finding.remedy()).contains("7477");
            });
  }

  @Test
  void a_node_with_another_key_is_a_finding() {
    // When
    List<Finding> found = findings.update(true, true, Map.of("n2", PeerFault.KEY_DIFFERS));

    // Then
    assertThat(found)
        .extracting(Finding::reason)
        .containsExactly(FindingReason.HEARTBEAT_KEY_DIFFERS);
  }

  @Test
  void a_missing_key_is_a_finding_after_two_minutes() {
    // Given
    List<Finding> atFirst = findings.update(true, false, Map.of());
    now += Duration.ofMinutes(2).toNanos() + 1;

    // When
    List<Finding> later = findings.update(true, false, Map.of());

    // Then
    assertThat(atFirst).isEmpty();
    assertThat(later).extracting(Finding::reason).containsExactly(FindingReason.NO_HEARTBEAT_KEY);
  }

  @Test
  void without_heartbeats_by_choice_nothing_is_wrong() {
    // Given
    List<Finding> atFirst = findings.update(false, false, Map.of());
    now += Duration.ofMinutes(5).toNanos();

    // When
    List<Finding> later = findings.update(false, false, Map.of());

    // Then
    assertThat(atFirst).isEmpty();
    assertThat(later).isEmpty();
  }
}
