package dev.ballast.dataplane.server.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.announce.OnLinkInterface;
import dev.ballast.dataplane.server.cluster.PeerNode;
import dev.ballast.dataplane.server.diagnosis.NodeFacts.BlockingChain;
import dev.ballast.dataplane.server.diagnosis.NodeFacts.ReplyRoute;
import dev.ballast.dataplane.server.steering.SteeringMode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("feature:reachability")
class NodeFindingsTest {

  @Test
  void a_sound_node_has_no_finding() {
    // Given
    NodeFacts sound = facts(List.of(), leavingBy("eth0", false), false);

    // When
    List<Finding> findings = NodeFindings.of(sound);

    // Then
    assertThat(findings).isEmpty();
  }

  @Test
  void a_chain_that_may_drop_is_named_with_its_command() {
    // Given
    var chain = new BlockingChain("The chain drops.", "Run nft.");

    // When
    List<Finding> findings =
        NodeFindings.of(facts(List.of(chain), leavingBy("eth0", false), false));

    // Then
    assertThat(findings)
        .containsExactly(
            new Finding(FindingReason.FIREWALL_MAY_DROP, "The chain drops.", "Run nft."));
  }

  @Test
  void the_gravest_finding_is_the_first() {
    // Given
    var facts =
        new NodeFacts(
            Set.of("NET_RAW"),
            Optional.of(SteeringMode.BIND_UNFILTERED),
            List.of(),
            List.of(new BlockingChain("The chain drops.", "Run nft.")),
            List.of(),
            true,
            true);

    // When
    List<Finding> findings = NodeFindings.of(facts);

    // Then
    assertThat(findings)
        .extracting(Finding::reason)
        .containsExactly(
            FindingReason.CAPABILITY_MISSING,
            FindingReason.NO_INTERFACE,
            FindingReason.FIREWALL_MAY_DROP,
            FindingReason.NO_NFTABLES,
            FindingReason.TABLES_CHANGED,
            FindingReason.ROUTES_DELETED);
  }

  @Test
  void answers_that_leave_by_another_interface_are_found() {
    // When
    List<Finding> findings = NodeFindings.of(facts(List.of(), leavingBy("eth1", false), false));

    // Then
    assertThat(findings)
        .extracting(Finding::message)
        .containsExactly(
            "Packets for addresses in 198.18.100.0/24 arrive by eth0, but answers to clients behind a"
                + " router leave by eth1.");
  }

  @Test
  void a_strict_reverse_path_filter_is_named_where_it_drops() {
    // When
    List<Finding> findings = NodeFindings.of(facts(List.of(), leavingBy("eth1", true), false));

    // Then
    assertThat(findings.getFirst().message())
        .endsWith("The reverse path filter of eth0 drops these clients.");
    assertThat(findings.getFirst().remedy()).endsWith("Set net.ipv4.conf.eth0.rp_filter to 2.");
  }

  @Test
  void a_node_without_a_route_to_other_networks_is_sound() {
    // Given
    var route = new ReplyRoute("198.18.100.0/24", "eth0", Optional.empty(), true);

    // When
    List<Finding> findings = NodeFindings.of(facts(List.of(), route, false));

    // Then
    assertThat(findings).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void a_reason_has_a_meaning_and_a_remedy_in_whole_sentences(FindingReason reason) {
    assertThat(reason.reason()).matches("([A-Z][A-Za-z0-9]+)+");
    assertThat(reason.meaning()).matches("[A-Z].*\\.");
    assertThat(reason.remedy()).matches("[A-Z].*\\.");
  }

  @Test
  void other_nodes_find_the_firewall_by_its_reason() {
    assertThat(PeerNode.FIREWALL).isEqualTo(FindingReason.FIREWALL_MAY_DROP.reason());
  }

  @ParameterizedTest
  @CsvSource({
    "0000000000003400, ''",
    "0000000000002400, NET_ADMIN",
    "0000000000001400, NET_RAW",
    "0000000000000000, 'NET_ADMIN,NET_RAW'",
    "000001ffffffffff, ''"
  })
  void a_missing_capability_is_found(String effective, String missing) {
    assertThat(
            String.join(
                ",",
                NodeFactsReader.missingCapabilities(
                    "Name:\tjava\nCapPrm:\t0000000000003400\nCapEff:\t" + effective + "\n")))
        .isEqualTo(missing);
  }

  @Test
  void a_change_counts_for_ten_minutes() {
    // Given
    var changes = new RecentChanges();
    long now = Long.MAX_VALUE - 1;
    assertThat(changes.update(0, now)).isFalse();

    // When
    boolean changed = changes.update(1, now);

    // Then
    assertThat(changed).isTrue();
    long later = now + RecentChanges.PERIOD.minus(Duration.ofSeconds(1)).toNanos();
    assertThat(changes.update(1, later)).isTrue();
    assertThat(changes.update(1, now + RecentChanges.PERIOD.toNanos())).isFalse();
  }

  private static ReplyRoute leavingBy(String name, boolean strict) {
    return new ReplyRoute("198.18.100.0/24", "eth0", Optional.of(name), strict);
  }

  private static NodeFacts facts(List<BlockingChain> chains, ReplyRoute route, boolean changed) {
    return new NodeFacts(
        Set.of(),
        Optional.empty(),
        List.of(new OnLinkInterface("eth0", List.of("198.18.100.0/24"), false)),
        chains,
        List.of(route),
        changed,
        changed);
  }
}
