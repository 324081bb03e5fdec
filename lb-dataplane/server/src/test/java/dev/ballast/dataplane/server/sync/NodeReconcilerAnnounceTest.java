package dev.ballast.dataplane.server.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.LoadBalancerStatus;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.api.v1alpha1.OwnershipClaim;
import dev.ballast.dataplane.core.address.AnnouncePolicy;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.cluster.TestObjects;
import dev.ballast.dataplane.server.membership.Members;
import dev.ballast.dataplane.server.status.StatusReport;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Addresses of a pool that selects nodes. The address hashes to n2 rather than to n1. */
@Tag("feature:announce")
@ParameterizedClass(name = "{0}")
@EnumSource
class NodeReconcilerAnnounceTest extends NodeReconcilerFixture {

  private static final String TEXT = "198.18.100.7";
  private static final InetAddress ADDRESS = InetAddress.ofLiteral(TEXT);
  private static final String NO_NODE =
      "No node matches spec.announce.nodeSelector of the AddressPool lan. Label a node with a Ready data plane, or correct the selector.";

  @BeforeEach
  void startWithEndpoints() {
    cluster.slices.put(WEB, slices());
    setMembers("n1", "n2", "n3");
  }

  @Test
  void the_only_selected_node_takes_a_new_address() throws Exception {
    // Given
    select("n1");
    cluster.configs.put(WEB, reported(99));

    // When
    reconcile();

    // Then
    assertThat(calls).contains("acquire 198.18.100.7");
  }

  @Test
  void a_node_that_is_not_selected_takes_nothing() throws Exception {
    // Given
    setMembers("n1");
    select("n2");
    cluster.configs.put(WEB, reported(99));

    // When
    reconcile();

    // Then
    assertThat(calls).doesNotContain("acquire 198.18.100.7");
    assertThat(relay.served()).isEmpty();
  }

  @Test
  void a_preferred_node_takes_a_new_address_and_no_other() throws Exception {
    // Given
    prefer("n1");
    cluster.configs.put(WEB, reported(99));

    // When
    reconcile();

    // Then
    assertThat(calls).contains("acquire 198.18.100.7");
  }

  @Test
  void a_preferred_node_takes_nothing_from_the_owner() throws Exception {
    // Given
    prefer("n1");
    cluster.configs.put(WEB, reported(99, claim("n2", 4)));

    // When
    reconcile();

    // Then
    assertThat(calls).doesNotContain("acquire 198.18.100.7");
  }

  @Test
  void the_successor_of_a_node_that_is_not_selected_says_so() throws Exception {
    // Given
    select("n1");
    cluster.configs.put(WEB, reported(99, claim("n2", 4)));

    // When
    reconcile();

    // Then
    assertThat(reports.getLast().node().claims())
        .containsExactly(
            new OwnershipClaim(TEXT, 5, "2026-01-01T00:00:00Z", "n2", "NodeNotSelected"));
  }

  @Test
  void an_owner_that_is_not_selected_serves_until_another_node_claims_the_address()
      throws Exception {
    // Given
    select("n1");
    cluster.configs.put(WEB, reported(99));
    reconcile();
    select("n2");
    calls.clear();
    reconcile();
    assertThat(calls).contains("acquire 198.18.100.7").doesNotContain("keep []");
    assertThat(relay.served()).contains(WEB);

    // When
    cluster.configs.put(WEB, reported(200, claim("n1", 1), claim("n2", 2)));
    reconcile();

    // Then
    assertThat(relay.served()).isEmpty();
  }

  @Test
  void while_no_node_is_selected_the_owner_goes_on_and_says_so() throws Exception {
    // Given
    select("n1");
    cluster.configs.put(WEB, reported(99));
    reconcile();

    // When
    select();
    reconcile();

    // Then
    assertThat(relay.served()).contains(WEB);
    StatusReport report = reports.getLast();
    assertThat(report.node().announcing()).containsExactly(TEXT);
    assertThat(announced(report))
        .isEqualTo(
            "Announced=True AddressAnnounced: Node n1 announces 198.18.100.7 (epoch 1, since 2026-01-01T00:00:00Z). The address stays there. "
                + NO_NODE);
  }

  @Test
  void an_address_that_no_node_may_take_is_reported_by_the_first_member() throws Exception {
    // Given
    select();
    cluster.configs.put(WEB, reported(99));

    // When
    reconcile();

    // Then
    assertThat(calls).doesNotContain("acquire 198.18.100.7");
    StatusReport report = reports.getLast();
    assertThat(report.node().notAnnounced())
        .containsExactly(new AddressReport(TEXT, "NoNodeSelected", NO_NODE));
    assertThat(announced(report))
        .isEqualTo("Announced=False NoNodeSelected: 198.18.100.7 at node n1: " + NO_NODE);
  }

  @Test
  void a_selected_node_without_a_ready_data_plane_is_named() throws Exception {
    // Given
    select("n7", "n8");
    cluster.configs.put(WEB, reported(99));

    // When
    reconcile();

    // Then
    assertThat(announced(reports.getLast()))
        .contains(
            "No node that spec.announce.nodeSelector of the AddressPool lan matches (n7, n8) has a Ready data plane.");
  }

  @Test
  void only_the_first_member_reports_that_no_node_may_take_an_address() throws Exception {
    // Given
    setMembers("n0", "n1");
    select();
    cluster.configs.put(WEB, reported(99));

    // When
    reconcile();

    // Then
    assertThat(calls).doesNotContain("report");
  }

  @Test
  void the_report_ends_as_soon_as_a_node_is_selected() throws Exception {
    // Given
    select();
    cluster.configs.put(WEB, reported(99));
    reconcile();

    // When
    select("n2");
    cluster.configs.put(WEB, reported(150, reports.getLast().node()));
    reconcile();

    // Then
    assertThat(calls).contains("remove report of n1");
  }

  private void select(String... nodes) {
    cluster.announcePolicies.put(
        ADDRESS, new AnnouncePolicy("lan", Optional.of(Set.of(nodes)), Set.of(), List.of()));
  }

  private void prefer(String node) {
    cluster.announcePolicies.put(
        ADDRESS, new AnnouncePolicy("lan", Optional.empty(), Set.of(node), List.of()));
  }

  private void setMembers(String... nodes) {
    cluster.members = new Members(new TreeSet<>(Set.of(nodes)), false);
  }

  private static NodeReport claim(String node, long epoch) {
    return reports(node)
        .nodes()
        .getFirst()
        .withClaims(List.of(new OwnershipClaim(TEXT, epoch, null, null, null)));
  }

  private static LoadBalancerConfig reported(long version, NodeReport... nodes) {
    var object = TestObjects.loadBalancer("default", "web", TEXT);
    object.getMetadata().setResourceVersion(String.valueOf(version));
    object.setStatus(new LoadBalancerStatus(List.of(), List.of(nodes)));
    return TestObjects.parse(object, "n1");
  }

  private static String announced(StatusReport report) {
    return Stream.of(report)
        .flatMap(each -> each.conditions().stream())
        .filter(condition -> condition.type().equals("Announced"))
        .map(c -> "%s=%s %s: %s".formatted(c.type(), c.status(), c.reason(), c.message()))
        .findFirst()
        .orElseThrow();
  }
}
