package dev.ballast.dataplane.server.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.api.v1alpha1.LoadBalancerStatus;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.cluster.TestObjects;
import dev.ballast.dataplane.server.cluster.WorkQueue;
import dev.ballast.dataplane.server.membership.Members;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Two processes of one node for a while: what the one does that is not active. */
@Tag("feature:update")
@ParameterizedClass
@EnumSource
class NodeReconcilerRoleTest extends NodeReconcilerFixture {

  @Test
  void a_process_that_prepares_opens_listeners_and_does_nothing_that_others_see() throws Exception {
    // Given
    cluster.configs.put(WEB, reportedBy(99, "n1"));
    cluster.slices.put(WEB, slices());

    // When
    NodeReconciler.ReconcileResult result = prepare();

    // Then
    assertThat(result).isEqualTo(NodeReconciler.ReconcileResult.DONE);
    assertThat(calls).containsExactly("apply [default/web]");
  }

  @Test
  void it_is_not_prepared_before_it_knows_the_endpoints() throws Exception {
    // Given
    cluster.configs.put(WEB, reportedBy(99, "n1"));

    // When
    NodeReconciler.ReconcileResult result = prepare();

    // Then
    assertThat(result).isEqualTo(NodeReconciler.ReconcileResult.INCOMPLETE);
  }

  @Test
  void it_is_not_prepared_before_it_knows_the_endpoints_of_every_service() throws Exception {
    // Given
    ServiceKey other = new ServiceKey("default", "other");
    cluster.configs.put(WEB, reportedBy(99, "n1"));
    cluster.configs.put(
        other,
        TestObjects.parse(TestObjects.loadBalancer("default", "other", "198.18.100.8"), "n1"));
    prepare();

    // When
    cluster.slices.put(WEB, slices());
    NodeReconciler.ReconcileResult result = prepare(new WorkQueue.WorkItems(false, Set.of(WEB)));

    // Then
    assertThat(result).isEqualTo(NodeReconciler.ReconcileResult.INCOMPLETE);
    cluster.slices.put(other, List.of());
    assertThat(prepare(new WorkQueue.WorkItems(false, Set.of(other))))
        .isEqualTo(NodeReconciler.ReconcileResult.DONE);
  }

  @Test
  void it_adopts_the_addresses_before_it_steers_and_announces_them_after_it() throws Exception {
    // Given
    cluster.configs.put(WEB, reportedBy(99, "n1"));
    cluster.slices.put(WEB, slices());
    prepare();

    // When
    activate();
    reconcile();

    // Then
    assertThat(calls)
        .containsExactly(
            "apply [default/web]",
            "adopt addresses",
            "activate",
            "keep [198.18.100.7]",
            "acquire 198.18.100.7",
            "report");
  }

  @Test
  void it_tells_other_nodes_which_addresses_an_earlier_process_has_no_longer() throws Exception {
    // Given
    announcer.adopted.add(InetAddress.ofLiteral("198.18.100.8"));
    prepare();

    // When
    activate();
    reconcile();

    // Then
    assertThat(calls).contains("released [198.18.100.8]");
  }

  @Test
  void it_adopts_the_other_addresses_of_a_report_with_one_that_is_malformed() throws Exception {
    // Given
    var object = TestObjects.loadBalancer("default", "web", "198.18.100.7");
    object.setStatus(
        new LoadBalancerStatus(
            List.of(),
            List.of(
                new NodeReport(
                    "n1",
                    1L,
                    List.of("198.18.100.300", "198.18.100.7"),
                    List.of(),
                    List.of(),
                    "1/1",
                    List.of()))));
    cluster.configs.put(WEB, TestObjects.parse(object, "n1"));

    // When
    activate();

    // Then
    assertThat(toldClaims).containsExactly(Map.entry(InetAddress.ofLiteral("198.18.100.7"), 0L));
  }

  @Test
  void it_serves_an_address_that_this_node_retains_until_the_new_owner_announces_it()
      throws Exception {
    // Given
    cluster.members = new Members(new TreeSet<>(Set.of("n2")), false);
    cluster.configs.put(WEB, reportedBy(99, "n1"));
    cluster.slices.put(WEB, slices());

    // When
    prepare();

    // Then
    assertThat(calls).containsExactly("apply [default/web]");
  }

  @Test
  void a_process_whose_successor_is_active_reports_nothing_and_keeps_its_listeners()
      throws Exception {
    // Given
    serveWeb();
    calls.clear();
    reports.clear();

    // When
    deactivate();
    cluster.configs.put(WEB, reportedBy(101, "n1"));
    prepare();

    // Then
    assertThat(calls).containsExactly("deactivate", "leave addresses");
    assertThat(reports).isEmpty();
  }

  @Test
  void it_closes_the_listeners_of_a_deleted_service_all_the_same() throws Exception {
    // Given
    serveWeb();
    deactivate();
    calls.clear();

    // When
    cluster.configs.clear();
    prepare();

    // Then
    assertThat(calls).containsExactly("apply []");
  }

  @Test
  void it_serves_again_when_its_successor_ends() throws Exception {
    // Given
    serveWeb();
    deactivate();
    prepare();
    calls.clear();

    // When
    activate();
    reconcile();

    // Then
    assertThat(calls)
        .isEqualTo(
            List.of(
                "adopt addresses",
                "activate",
                "keep [198.18.100.7]",
                "acquire 198.18.100.7",
                "report"));
  }

  @Test
  void an_activation_can_fail_and_be_repeated() throws Exception {
    // Given
    relay.failing = true;
    assertThatThrownBy(this::activate).isInstanceOf(IOException.class);

    // When
    relay.failing = false;
    activate();

    // Then
    assertThat(calls).containsExactly("adopt addresses", "adopt addresses", "activate");
  }
}
