package dev.ballast.dataplane.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.FrontendReport;
import dev.ballast.api.v1alpha1.FrontendSpec;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.api.v1alpha1.LoadBalancerSpec;
import dev.ballast.api.v1alpha1.LoadBalancerStatus;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.api.v1alpha1.TimeoutsSpec;
import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.plan.ConnectionLimits;
import dev.ballast.dataplane.core.plan.ConnectionPolicy;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.source.SourceRanges;
import dev.ballast.dataplane.server.membership.Members;
import dev.ballast.dataplane.server.membership.TestPeers;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointConditions;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Parsing of LoadBalancers, EndpointSlices and Pods, with absent fields. */
class LoadBalancerConfigParserTest {

  private static final ServiceKey WEB = new ServiceKey("default", "web");

  @Test
  void absent_fields_get_default_values() {
    // Given
    var object = TestObjects.loadBalancer("default", "web", "198.18.100.7");

    // When
    LoadBalancerConfig config = LoadBalancerConfigParser.parse(object, "n1");

    // Then
    assertThat(config.policy())
        .isEqualTo(
            new ConnectionPolicy(
                ConnectionPolicy.PickerType.ROUND_ROBIN,
                Optional.empty(),
                new ConnectionPolicy.HealthCheckPolicy(
                    Duration.ofSeconds(2), Duration.ofSeconds(1), 2, 3),
                Duration.ofSeconds(2),
                Duration.ofSeconds(350),
                Duration.ofSeconds(60),
                ConnectionLimits.NONE,
                SourceRanges.UNRESTRICTED));
  }

  @Tag("feature:protocols")
  @ParameterizedTest
  @CsvSource({"5, 5", ", 60"})
  void the_spec_sets_the_idle_timeout_of_udp_flows(Integer given, long seconds) {
    // Given
    var object = TestObjects.loadBalancer("default", "web");
    object.setSpec(
        new LoadBalancerSpec(
            List.of("198.18.100.7"),
            List.of(),
            null,
            null,
            List.of(),
            null,
            new TimeoutsSpec(1000, 350, given),
            null));

    // When
    LoadBalancerConfig config = LoadBalancerConfigParser.parse(object, "n1");

    // Then
    assertThat(config.policy().udpIdleTimeout()).isEqualTo(Duration.ofSeconds(seconds));
  }

  @Test
  void invalid_fields_are_problems_and_the_rest_is_served() {
    // Given
    var object = TestObjects.loadBalancer("default", "web");
    object.setSpec(
        new LoadBalancerSpec(
            List.of("198.18.100.7", "web.example"),
            List.of(new FrontendSpec("a", 80, "TCP"), new FrontendSpec("b", 81, "QUIC")),
            null,
            null,
            List.of(),
            null,
            null,
            null));

    // When
    LoadBalancerConfig config = LoadBalancerConfigParser.parse(object, "n1");

    // Then
    assertThat(config.addresses()).hasSize(1);
    assertThat(config.frontends()).hasSize(1);
    assertThat(config.problems()).hasSize(2);
  }

  @Test
  void an_invalid_source_range_admits_no_client_and_is_a_problem() {
    // Given
    var object = TestObjects.loadBalancer("default", "web");
    object.setSpec(
        new LoadBalancerSpec(
            List.of("198.18.100.7"),
            List.of(),
            null,
            null,
            List.of("10.0.0.0/8", "10.0.0.0/99"),
            null,
            null,
            null));

    // When
    LoadBalancerConfig config = LoadBalancerConfigParser.parse(object, "n1");

    // Then
    assertThat(config.problems())
        .singleElement()
        .asString()
        .contains("10.0.0.0/99", "loadBalancerSourceRanges");
    assertThat(config.policy().sourceRanges().allows(InetAddress.ofLiteral("10.1.2.3"))).isTrue();
    assertThat(config.policy().sourceRanges().allows(InetAddress.ofLiteral("192.0.2.1"))).isFalse();
  }

  @Test
  void a_load_balancer_without_spec_and_status_is_empty() {
    // Given
    var object = TestObjects.loadBalancer("default", "web");
    object.setSpec(null);

    // When
    LoadBalancerConfig config = LoadBalancerConfigParser.parse(object, "n1");

    // Then
    assertThat(config.addresses()).isEmpty();
    assertThat(config.ownReport()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    ",,,true,true,false",
    "true,,,true,true,false",
    "false,,,false,false,false",
    "false,true,true,false,true,true",
    "true,false,,true,false,false",
  })
  void absent_endpoint_conditions_have_the_documented_defaults(
      Boolean ready,
      Boolean serving,
      Boolean terminating,
      boolean isReady,
      boolean isServing,
      boolean isTerminating) {
    // Given
    EndpointSlice slice = TestObjects.slice("default", "web", "web-1", "10.0.0.1");
    slice
        .getEndpoints()
        .getFirst()
        .setConditions(new EndpointConditions(ready, serving, terminating));

    // When
    Endpoint endpoint = only(slice);

    // Then
    assertThat(endpoint.conditions())
        .isEqualTo(new Endpoint.EndpointConditions(isReady, isServing, isTerminating));
  }

  @Test
  void a_minimal_slice_has_addresses_and_a_port_only() {
    // Given
    EndpointSlice slice =
        TestObjects.slice("default", "web", "web-1", "127.0.0.1")
            .edit()
            .editFirstPort()
            .withName(null)
            .withProtocol(null)
            .endPort()
            .editFirstEndpoint()
            .withConditions(null)
            .endEndpoint()
            .build();

    // When
    EndpointSliceSnapshot read = EndpointSliceParser.parse(WEB, slice);

    // Then
    assertThat(read.endpoints())
        .containsOnlyKeys(new EndpointSliceSnapshot.EndpointPort("", Protocol.TCP));
    assertThat(only(slice).pod()).isEmpty();
    assertThat(only(slice).node()).isEmpty();
  }

  @ParameterizedTest(name = "{0} of namespace {1}")
  @CsvSource({"Pod, default, web-1", "Pod, , web-1", "Pod, other, ''", "Node, default, ''"})
  void only_a_pod_of_the_namespace_of_the_slice_is_its_pod(
      String kind, String namespace, String expected) {
    // Given
    EndpointSlice slice =
        TestObjects.slice("default", "web", "web-1", "10.0.0.1")
            .edit()
            .editFirstEndpoint()
            .withNewTargetRef()
            .withKind(kind)
            .withNamespace(namespace)
            .withName("web-1")
            .endTargetRef()
            .endEndpoint()
            .build();

    // When
    Endpoint endpoint = only(slice);

    // Then
    assertThat(endpoint.pod()).isEqualTo(expected);
  }

  @Test
  void names_in_a_slice_are_never_resolved() {
    // Given
    EndpointSlice slice = TestObjects.slice("default", "web", "web-1", "localhost");

    // When
    EndpointSliceSnapshot read = EndpointSliceParser.parse(WEB, slice);

    // Then
    assertThat(read.endpoints().values()).allMatch(List::isEmpty);
  }

  @ParameterizedTest
  @CsvSource({
    "True,,true,false",
    "False,,false,false",
    "True,2026-01-01T00:00:00Z,false,true",
  })
  void a_node_is_a_member_while_its_pod_is_ready_and_not_terminating(
      String ready, String deletion, boolean member, boolean leaving) {
    // Given
    var pod =
        new PodBuilder()
            .withNewMetadata()
            .withName("dataplane-1")
            .withDeletionTimestamp(deletion)
            .endMetadata()
            .withNewSpec()
            .withNodeName("n1")
            .endSpec()
            .withNewStatus()
            .addNewCondition()
            .withType("Ready")
            .withStatus(ready)
            .endCondition()
            .endStatus()
            .build();

    // When
    Members members = Members.of(List.of(Members.parsePeer(pod)), List.of(), "n1");

    // Then
    assertThat(members.nodes().contains("n1")).isEqualTo(member);
    assertThat(members.leaving()).isEqualTo(leaving);
  }

  @Test
  void a_node_that_is_off_link_is_known_by_its_report_and_does_not_serve_the_service() {
    // Given
    LoadBalancer object = TestObjects.loadBalancer("default", "web", "198.18.100.7", "2001:db8::7");
    var offLink = new AddressReport("2001:db8:0::7", "NotOnLink", "No interface.");
    var inUse = new AddressReport("198.18.100.7", "AddressInUse", "A printer has it.");
    object.setStatus(
        new LoadBalancerStatus(
            List.of(),
            List.of(
                new NodeReport("n2", 1L, List.of(), List.of(offLink), List.of(), null, List.of()),
                new NodeReport(
                    "n3",
                    1L,
                    List.of("198.18.100.7"),
                    List.of(offLink, inUse),
                    List.of(),
                    "1/1",
                    List.of()))));

    // When
    LoadBalancerConfig config = TestObjects.parse(object, "n1");

    // Then
    assertThat(config.offLinkNodes(InetAddress.ofLiteral("2001:db8::7")))
        .containsExactlyInAnyOrder("n2", "n3");
    assertThat(config.offLinkNodes(InetAddress.ofLiteral("198.18.100.7"))).isEmpty();
    assertThat(config.otherReports()).extracting(NodeReport::name).containsExactly("n3");
    assertThat(config.reportingNodes()).containsExactlyInAnyOrder("n2", "n3");
  }

  /** Another node checks one that accepts connections from outside. */
  @Test
  @Tag("feature:reachability")
  void a_tcp_port_that_refuses_connections_is_not_one_to_check() {
    // Given
    LoadBalancer object = TestObjects.loadBalancer("default", "web", "198.18.100.7");
    var udp = new FrontendReport(53, "UDP", true, null, null);
    var taken = new FrontendReport(79, "TCP", false, "PortInUse", "A process has it.");
    var refuses = new FrontendReport(80, "TCP", true, FrontendReport.NO_BACKEND, "No endpoint.");
    var listens = new FrontendReport(443, "TCP", true, null, null);
    List<FrontendReport> ports = List.of(udp, taken, refuses, listens);
    object.setStatus(
        new LoadBalancerStatus(
            List.of(),
            List.of(
                new NodeReport("n2", 1L, List.of(), List.of(), ports, "1/1", List.of()),
                new NodeReport("n3", 1L, List.of(), List.of(), ports, "0/1", List.of()),
                new NodeReport(
                    "n4", 1L, List.of(), List.of(), List.of(udp, refuses), "1/1", List.of()))));

    // When
    LoadBalancerConfig config = TestObjects.parse(object, "n1");

    // Then
    assertThat(config.tcpPorts()).containsExactly(Map.entry("n2", 443));
  }

  @Test
  void what_another_node_rejects_is_kept_for_the_conditions() {
    // Given
    LoadBalancer object = TestObjects.loadBalancer("default", "web", "198.18.100.7", "2001:db8::7");
    var rejecting =
        new NodeReport(
            "n2",
            1L,
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            "1/1",
            List.of(),
            null,
            List.of("ServiceLimit"),
            List.of());
    object.setStatus(new LoadBalancerStatus(List.of(), List.of(rejecting)));

    // When
    LoadBalancerConfig config = TestObjects.parse(object, "n1");

    // Then
    assertThat(config.otherReports())
        .singleElement()
        .satisfies(report -> assertThat(report.rejecting()).containsExactly("ServiceLimit"));
  }

  /** The node controller writes the condition Ready only, and the kubelet writes both. */
  @ParameterizedTest
  @CsvSource({
    "False, True, 192.0.2.1, http://192.0.2.1:7474/readyz",
    "False, True, 2001:db8::1, http://[2001:db8::1]:7474/readyz",
    "False, True, , ",
    "False, False, 192.0.2.1, ",
    "True, True, 192.0.2.1, ",
  })
  void a_node_marked_unready_by_the_node_controller_alone_has_a_probe_url(
      String ready, String containersReady, @Nullable String ip, @Nullable URI asked) {
    // Given
    Pod pod =
        new PodBuilder()
            .withNewMetadata()
            .endMetadata()
            .withNewSpec()
            .withNodeName("n1")
            .addNewContainer()
            .addNewPort()
            .withName("admin")
            .withContainerPort(7474)
            .endPort()
            .withNewReadinessProbe()
            .withNewHttpGet()
            .withPath("/readyz")
            .withNewPort("admin")
            .endHttpGet()
            .endReadinessProbe()
            .endContainer()
            .endSpec()
            .withNewStatus()
            .withPodIP(ip)
            .addNewCondition()
            .withType("Ready")
            .withStatus(ready)
            .endCondition()
            .addNewCondition()
            .withType("ContainersReady")
            .withStatus(containersReady)
            .endCondition()
            .endStatus()
            .build();

    // When
    Members.Peer peer = Members.parsePeer(pod);

    // Then
    assertThat(peer.probeUrl()).isEqualTo(Optional.ofNullable(asked));
  }

  @Test
  void a_node_with_a_successor_pod_is_not_leaving() {
    // Given
    var predecessor = TestPeers.terminating("old", "n1", true);
    var successor = TestPeers.unready("new", "n1");

    // When
    Members members = Members.of(List.of(predecessor, successor), List.of(), "n1");

    // Then
    assertThat(members.leaving()).isFalse();
    assertThat(members.nodes()).isEmpty();
  }

  @Test
  void a_node_with_the_exclusion_label_is_not_a_member() {
    // Given
    var peers =
        List.of(
            TestPeers.ready("a", "n1"), TestPeers.ready("b", "n2"), TestPeers.unready("c", "n3"));

    // When
    Members members = Members.of(peers, List.of("n2", "n3", "n4"), "n1");

    // Then: n3 could not be one anyway, and n4 has no data plane.
    assertThat(members.nodes()).containsExactly("n1");
    assertThat(members.excluded()).containsExactly("n2");
    assertThat(members.leaving()).isFalse();
  }

  private static Endpoint only(EndpointSlice slice) {
    return EndpointSliceParser.parse(WEB, slice).endpoints().values().iterator().next().getFirst();
  }
}
