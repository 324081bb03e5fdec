package dev.ballast.dataplane.server.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.BackendReport;
import dev.ballast.dataplane.core.address.AddressGrant;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.cluster.TestObjects;
import dev.ballast.dataplane.server.status.StatusReport;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Endpoints that get no connections, and what the report says of them. */
@Tag("feature:endpoints")
@ParameterizedClass(name = "{0}")
@EnumSource
class NodeReconcilerEndpointsTest extends NodeReconcilerFixture {

  @BeforeEach
  void startWithLoadBalancer() {
    cluster.configs.put(WEB, config());
  }

  @Test
  void an_endpoint_at_a_load_balancer_address_is_refused_and_named() throws Exception {
    // Given
    grant("198.18.100.9", new AddressGrant.Grantee(new ServiceKey("shop", "mail"), "u1"));
    setEndpoints("198.18.100.9", "10.0.0.1");

    // When
    reconcile();

    // Then
    assertThat(backends()).containsExactly("10.0.0.1");
    assertThat(refused())
        .isEqualTo(
            "The endpoint 198.18.100.9:8080 is refused. It is an address of a load balancer, so"
                + " connections could go in circles. List the Pods in the EndpointSlice instead.");
    assertThat(healthy()).startsWith("True BackendsHealthy").endsWith(refused());
  }

  @Test
  void an_endpoint_at_an_address_that_is_only_reserved_is_a_backend() throws Exception {
    // Given
    grant("198.18.100.9");
    setEndpoints("198.18.100.9");

    // When
    reconcile();

    // Then
    assertThat(backends()).containsExactly("198.18.100.9");
  }

  @Test
  void an_endpoint_at_a_node_address_is_refused() throws Exception {
    // Given
    cluster.nodeAddresses.put(InetAddress.ofLiteral("198.18.0.2"), "n2");
    setEndpoints("198.18.0.2");

    // When
    reconcile();

    // Then
    assertThat(backends()).isEmpty();
    assertThat(healthy())
        .startsWith("False EndpointsRefused: The Service has no backend. The endpoint 198.18.0.2");
  }

  @Test
  void a_host_network_pod_of_the_namespace_is_a_backend() throws Exception {
    // Given
    cluster.nodeAddresses.put(InetAddress.ofLiteral("198.18.0.2"), "n2");
    var slice =
        TestObjects.slice("default", "web", "web-1", "198.18.0.2")
            .edit()
            .editFirstEndpoint()
            .withNewTargetRef()
            .withKind("Pod")
            .withNamespace("default")
            .withName("web-1")
            .endTargetRef()
            .endEndpoint()
            .build();
    cluster.slices.put(WEB, List.of(TestObjects.parse(WEB, slice)));

    // When
    reconcile();

    // Then
    assertThat(backends()).containsExactly("198.18.0.2");
  }

  @Test
  void many_refused_endpoints_are_one_entry_with_their_number() throws Exception {
    // Given
    setEndpoints("169.254.169.254", "127.0.0.1", "10.0.0.1");

    // When
    reconcile();

    // Then
    assertThat(backends()).containsExactly("10.0.0.1");
    assertThat(refused())
        .startsWith("2 endpoints are refused, and 169.254.169.254:8080 is the first one. Loopback");
  }

  @Test
  void a_corrected_slice_is_served() throws Exception {
    // Given
    setEndpoints("169.254.169.254");
    reconcile();

    // When
    setEndpoints("10.0.0.1");
    reconcile();

    // Then
    assertThat(backends()).containsExactly("10.0.0.1");
  }

  private void grant(String address, AddressGrant.Grantee... grantees) {
    cluster.grants.put(
        InetAddress.ofLiteral(address), Optional.of(new AddressGrant(List.of(grantees))));
  }

  private void setEndpoints(String... addresses) {
    cluster.slices.put(
        WEB,
        List.of(TestObjects.parse(WEB, TestObjects.slice("default", "web", "web-1", addresses))));
  }

  private List<String> backends() {
    return relay.server(WEB).frontends().getFirst().endpoints().stream()
        .map(endpoint -> endpoint.address().getHostAddress())
        .toList();
  }

  private String refused() {
    return reports.getLast().node().backends().stream()
        .filter(backend -> backend.state().equals(BackendReport.REFUSED))
        .map(BackendReport::message)
        .findFirst()
        .orElseThrow();
  }

  private String healthy() {
    return reports.getLast().conditions().stream()
        .filter(condition -> condition.type().equals("Healthy"))
        .map(NodeReconcilerEndpointsTest::text)
        .findFirst()
        .orElseThrow();
  }

  private static String text(StatusReport.ReportedCondition condition) {
    return "%s %s: %s".formatted(condition.status(), condition.reason(), condition.message());
  }
}
