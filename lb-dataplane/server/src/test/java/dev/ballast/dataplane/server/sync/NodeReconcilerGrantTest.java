package dev.ballast.dataplane.server.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.dataplane.core.address.AddressGrant;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.cluster.TestObjects;
import dev.ballast.dataplane.server.status.ConditionStatus;
import dev.ballast.dataplane.server.status.StatusReport;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Addresses that no Address object binds to the Service of a LoadBalancer. */
@Tag("feature:address")
@ParameterizedClass(name = "{0}")
@EnumSource
class NodeReconcilerGrantTest extends NodeReconcilerFixture {

  private static final InetAddress IPV4 = InetAddress.ofLiteral("198.18.100.7");

  @BeforeEach
  void startWithEndpoints() {
    cluster.slices.put(WEB, slices());
    cluster.configs.put(WEB, config());
  }

  @Test
  void an_address_of_another_service_is_not_acquired() throws Exception {
    // Given
    grant("198.18.100.7", new ServiceKey("shop", "web"));

    // When
    reconcile();

    // Then
    assertThat(relay.served()).isEmpty();
    assertThat(calls).noneMatch(call -> call.startsWith("acquire"));
    assertThat(announcer.probed).isEmpty();
  }

  @Test
  void an_address_that_no_address_object_names_is_not_acquired() throws Exception {
    // Given
    cluster.grants.put(IPV4, Optional.empty());

    // When
    reconcile();

    // Then
    assertThat(relay.served()).isEmpty();
  }

  @Test
  void a_service_with_the_name_but_not_the_uid_of_a_claim_is_not_served() throws Exception {
    // Given
    var object = TestObjects.loadBalancer("default", "web", "198.18.100.7");
    object.addOwnerReference(
        new OwnerReferenceBuilder()
            .withApiVersion("v1")
            .withKind("Service")
            .withName("web")
            .withUid("u2")
            .build());
    cluster.configs.put(WEB, TestObjects.parse(object, "n1"));
    grant("198.18.100.7", WEB);

    // When
    reconcile();

    // Then
    assertThat(relay.served()).isEmpty();
  }

  @Test
  void an_address_is_acquired_when_its_grant_arrives_after_the_load_balancer() throws Exception {
    // Given
    cluster.grants.put(IPV4, Optional.empty());
    NodeReconciler.ReconcileResult first = reconcile();
    assertThat(first).isEqualTo(NodeReconciler.ReconcileResult.INCOMPLETE);
    assertThat(reports).as("the watch of Addresses may be behind").isEmpty();

    // When
    grant("198.18.100.7", WEB);
    reconcile();

    // Then
    assertThat(calls).contains("acquire 198.18.100.7");
    assertThat(reports).singleElement().satisfies(report -> assertThat(refused(report)).isEmpty());
  }

  @Test
  void a_grant_that_does_not_arrive_is_reported() throws Exception {
    // Given
    cluster.grants.put(IPV4, Optional.empty());
    reconcile();

    // When
    nanoTime += AddressGrantCheck.PATIENCE.toNanos();
    NodeReconciler.ReconcileResult result = reconcile();

    // Then
    assertThat(result).isEqualTo(NodeReconciler.ReconcileResult.DONE);
    assertThat(reports.getLast().conditions())
        .containsExactly(
            new StatusReport.ReportedCondition(
                "Announced",
                ConditionStatus.FALSE,
                "AddressNotGranted",
                "198.18.100.7 at node n1: The address is not served. No Address binds it to the"
                    + " Service default/web. Request it with the annotation ballast.dev/address,"
                    + " and read the conditions of the Service."));
  }

  @Test
  void a_served_address_is_released_when_it_is_bound_to_another_service() throws Exception {
    // Given
    serveWeb();
    calls.clear();

    // When
    grant("198.18.100.7", new ServiceKey("shop", "web"));
    reconcile();

    // Then
    assertThat(calls).containsSubsequence("keep []", "apply []");
  }

  @Test
  void the_other_address_of_a_service_is_served() throws Exception {
    // Given
    cluster.configs.put(WEB, config("2001:db8::7", "198.18.100.7"));
    cluster.grants.put(InetAddress.ofLiteral("2001:db8::7"), Optional.empty());
    reconcile();

    // When
    nanoTime += AddressGrantCheck.PATIENCE.toNanos();
    reconcile();

    // Then
    StatusReport report = reports.getLast();
    assertThat(report.node().announcing()).containsExactly("198.18.100.7");
    assertThat(refused(report)).containsExactly("2001:db8::7");
    assertThat(report.conditions())
        .as("also without the first address")
        .anyMatch(c -> c.reason().equals("AddressNotGranted"))
        .anyMatch(c -> c.reason().equals("Listening"));
  }

  private void grant(String address, ServiceKey service) {
    cluster.grants.put(
        InetAddress.ofLiteral(address),
        Optional.of(new AddressGrant(List.of(new AddressGrant.Grantee(service, "u1")))));
  }

  private static List<String> refused(StatusReport report) {
    return report.node().notAnnounced().stream()
        .filter(entry -> entry.reason().equals("AddressNotGranted"))
        .map(AddressReport::address)
        .toList();
  }

  private static LoadBalancerConfig config(String... addresses) {
    return TestObjects.parse(TestObjects.loadBalancer("default", "web", addresses), "n1");
  }
}
