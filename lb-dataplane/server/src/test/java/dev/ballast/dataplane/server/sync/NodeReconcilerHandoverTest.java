package dev.ballast.dataplane.server.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.cluster.TestObjects;
import dev.ballast.dataplane.server.membership.Members;
import dev.ballast.dataplane.server.status.ConditionStatus;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Addresses that move from node to node, and nodes that are excluded. */
@ParameterizedClass(name = "{0}")
@EnumSource
class NodeReconcilerHandoverTest extends NodeReconcilerFixture {

  @Test
  void a_moving_service_is_served_until_the_new_owner_has_reported() throws Exception {
    // Given
    serveWeb();
    calls.clear();
    cluster.members = new Members(sorted("n2"), false);
    reconcile();
    assertThat(calls).doesNotContain("keep []", "apply []", "remove report of n1");

    // When
    cluster.configs.put(WEB, reportedBy(150, "n1", "n2"));
    reconcile();

    // Then
    assertThat(calls).containsSubsequence("keep []", "apply []", "remove report of n1");
  }

  @Test
  void an_address_is_announced_again_after_another_node_had_announced_it_too() throws Exception {
    // Given
    serveWeb();
    cluster.configs.put(WEB, reportedBy(150, "n1", "n2"));
    reconcile();
    assertThat(calls).doesNotContain("announce again 198.18.100.7");

    // When
    cluster.configs.put(WEB, reportedBy(151, "n1"));
    reconcile();

    // Then
    assertThat(calls).containsOnlyOnce("announce again 198.18.100.7");
  }

  @Test
  void an_address_is_announced_again_when_another_node_has_removed_its_report() throws Exception {
    // Given
    serveWeb();

    // When
    cluster.configs.put(WEB, reportedBy(150));
    reconcile();

    // Then
    assertThat(calls).contains("announce again 198.18.100.7");
  }

  @Test
  void a_retained_address_is_announced_again_when_this_node_owns_it() throws Exception {
    // Given
    serveWeb();
    cluster.members = new Members(sorted("n2"), false);
    reconcile();
    assertThat(calls).doesNotContain("announce again 198.18.100.7");

    // When
    cluster.members = new Members(sorted("n1"), false);
    reconcile();

    // Then
    assertThat(calls).contains("announce again 198.18.100.7");
  }

  @Test
  void an_address_that_moves_to_another_node_is_not_announced_again() throws Exception {
    // Given
    serveWeb();
    cluster.members = new Members(sorted("n2"), false);
    reconcile();

    // When
    cluster.configs.put(WEB, reportedBy(150, "n2"));
    reconcile();

    // Then
    assertThat(calls).doesNotContain("announce again 198.18.100.7");
  }

  @Test
  void a_service_stays_served_when_no_node_is_a_member() throws Exception {
    // Given
    serveWeb();
    calls.clear();

    // When
    cluster.members = new Members(new TreeSet<>(), false);
    reconcile();

    // Then
    assertThat(calls).doesNotContain("keep []", "apply []", "remove report of n1");
  }

  @Test
  void an_excluded_node_serves_until_another_has_reported() throws Exception {
    // Given
    serveWeb();
    calls.clear();
    cluster.members = new Members(sorted("n2"), sorted("n1"), false);
    reconcile();
    assertThat(calls).doesNotContain("keep []", "apply []", "remove report of n1");

    // When
    cluster.configs.put(WEB, reportedBy(150, "n1", "n2"));
    reconcile();

    // Then
    assertThat(calls).containsSubsequence("keep []", "apply []", "remove report of n1");
  }

  @Test
  void when_all_nodes_are_excluded_none_serves_and_one_reports_why() throws Exception {
    // Given
    serveWeb();
    calls.clear();
    reports.clear();

    // When
    cluster.members = new Members(sorted(), sorted("n1", "n2"), false);
    reconcile();

    // Then
    assertThat(calls).containsSubsequence("keep []", "apply []", "report");
    assertThat(reports)
        .singleElement()
        .satisfies(
            report -> {
              assertThat(report.node().announcing()).isEmpty();
              assertThat(report.conditions())
                  .singleElement()
                  .matches(v -> v.type().equals("Announced") && v.status() == ConditionStatus.FALSE)
                  .matches(v -> v.reason().equals("AllNodesExcluded"))
                  .matches(v -> v.message().contains("(n1, n2)"))
                  .matches(v -> v.message().contains(Members.EXCLUSION_LABEL));
            });
  }

  @Test
  void the_other_excluded_nodes_report_nothing() throws Exception {
    // Given
    serveWeb();
    calls.clear();

    // When
    cluster.members = new Members(sorted(), sorted("n0", "n1"), false);
    reconcile();

    // Then
    assertThat(calls).containsSubsequence("keep []", "apply []", "remove report of n1");
    assertThat(calls).doesNotContain("report");
  }

  @Test
  void an_excluded_node_that_still_serves_keeps_its_report() throws Exception {
    // Given: n1 owns the address now, and has reported already
    cluster.configs.put(WEB, reportedBy(99, "n2", "n3"));
    cluster.slices.put(WEB, slices());

    // When
    cluster.members = new Members(sorted("n1"), sorted("n2"), false);
    reconcile();

    // Then
    assertThat(calls).contains("remove report of n3").doesNotContain("remove report of n2");
  }

  @Test
  void a_report_on_an_address_that_the_service_has_lost_is_removed_at_once() throws Exception {
    // Given
    var object = TestObjects.loadBalancer("default", "web");
    object.setStatus(reports("n1"));
    cluster.members = new Members(new TreeSet<>(Set.of("n1", "n2")), false);
    cluster.configs.put(WEB, TestObjects.parse(object, "n1"));

    // When
    reconcile();

    // Then
    assertThat(calls).contains("remove report of n1");
  }

  private static TreeSet<String> sorted(String... nodes) {
    return new TreeSet<>(Set.of(nodes));
  }
}
