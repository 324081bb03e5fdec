package dev.ballast.dataplane.core.plan;

import static dev.ballast.dataplane.core.Endpoints.READY;
import static dev.ballast.dataplane.core.Endpoints.address;
import static dev.ballast.dataplane.core.Endpoints.ready;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.endpoint.NodeLocality;
import dev.ballast.dataplane.core.endpoint.TopologyHints;
import dev.ballast.dataplane.core.plan.ConnectionPolicy.HealthCheckPolicy;
import dev.ballast.dataplane.core.plan.ConnectionPolicy.PickerType;
import dev.ballast.dataplane.core.source.SourceRanges;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class BindingTableTest {

  private static final InetAddress FIRST = address("192.0.2.1");
  private static final InetAddress SECOND = address("192.0.2.2");
  private static final ServiceKey WEB = new ServiceKey("default", "web");
  private static final ServiceKey API = new ServiceKey("default", "api");
  private static final NodeLocality HERE = new NodeLocality("node", "");
  private static final ConnectionPolicy POLICY = policy(Duration.ofSeconds(350));

  private final BindingTable bindingTable = new BindingTable();
  private final Map<ServiceKey, VirtualServer> desired = new HashMap<>();

  @Test
  void every_port_opens_at_every_address() {
    // When
    ListenerPlan plan = become(server(WEB, List.of(FIRST, SECOND), 80, 443));

    // Then
    assertThat(plan.operations())
        .containsExactly(
            open(WEB, FIRST, 80),
            open(WEB, FIRST, 443),
            open(WEB, SECOND, 80),
            open(WEB, SECOND, 443));
  }

  @Test
  void an_unchanged_virtual_server_needs_no_operation() {
    // Given
    become(server(WEB, List.of(FIRST), 80, 443));

    // When
    ListenerPlan plan = become(server(WEB, List.of(FIRST), 80, 443));

    // Then
    assertThat(plan.operations()).isEmpty();
  }

  @Test
  void added_and_removed_ports_do_not_affect_other_ports() {
    // Given
    become(server(WEB, List.of(FIRST), 80, 443));

    // When
    ListenerPlan plan = become(server(WEB, List.of(FIRST), 443, 8443));

    // Then
    assertThat(plan.operations()).containsExactly(close(WEB, FIRST, 80), open(WEB, FIRST, 8443));
  }

  @Test
  void changed_endpoints_replace_the_configuration_of_the_same_listener() {
    // Given
    become(server(WEB, List.of(FIRST), 80));
    Frontend fewer = frontend(80, ready(1));

    // When
    ListenerPlan plan = become(server(WEB, List.of(FIRST), POLICY, fewer));

    // Then
    assertThat(plan.operations())
        .containsExactly(
            new ListenerOperation.Replace(
                binding(FIRST, 80), new BindingConfig(WEB, fewer, POLICY, HERE)));
  }

  @Test
  void a_changed_policy_replaces_the_configuration_of_the_same_listener() {
    // Given
    become(server(WEB, List.of(FIRST), 80));
    ConnectionPolicy patient = policy(Duration.ofHours(1));
    Frontend same = frontend(80, ready(3));

    // When
    ListenerPlan plan = become(server(WEB, List.of(FIRST), patient, same));

    // Then
    assertThat(plan.operations())
        .containsExactly(
            new ListenerOperation.Replace(
                binding(FIRST, 80), new BindingConfig(WEB, same, patient, HERE)));
  }

  @Test
  void an_address_that_moves_to_another_service_closes_before_it_opens() {
    // Given
    become(server(WEB, List.of(FIRST), 80));

    // When
    ListenerPlan plan = become(server(API, List.of(FIRST), 80));

    // Then
    assertThat(plan.operations()).containsExactly(close(WEB, FIRST, 80), open(API, FIRST, 80));
    assertThat(bindingTable.conflictingService(WEB, binding(FIRST, 80))).contains(API);
  }

  @Test
  void a_deleted_service_closes_all_its_ports() {
    // Given
    become(server(WEB, List.of(FIRST, SECOND), 80));

    // When
    ListenerPlan plan = become();

    // Then
    assertThat(plan.operations())
        .containsExactlyInAnyOrder(close(WEB, FIRST, 80), close(WEB, SECOND, 80));
    assertThat(bindingTable.find(binding(FIRST, 80))).isEmpty();
  }

  @Test
  void the_service_that_has_a_binding_keeps_it_when_a_service_that_sorts_first_requests_it() {
    // Given
    become(server(WEB, List.of(FIRST), 80));

    // When
    ListenerPlan plan =
        become(server(API, List.of(FIRST), 80, 81), server(WEB, List.of(FIRST), 80));

    // Then
    assertThat(plan.operations()).containsExactly(open(API, FIRST, 81));
    assertThat(bindingTable.conflictingService(API, binding(FIRST, 80))).contains(WEB);
  }

  @Test
  void of_two_new_services_the_first_by_name_gets_the_binding() {
    // When
    ListenerPlan plan = become(server(WEB, List.of(FIRST), 80), server(API, List.of(FIRST), 80));

    // Then
    assertThat(plan.operations()).containsExactly(open(API, FIRST, 80));
    assertThat(bindingTable.conflictingService(WEB, binding(FIRST, 80))).contains(API);
  }

  @Test
  void a_waiting_service_gets_the_binding_when_its_holder_is_deleted() {
    // Given
    become(server(WEB, List.of(FIRST), 80));
    become(server(WEB, List.of(FIRST), 80), server(API, List.of(FIRST), 80));

    // When
    ListenerPlan plan = become(server(API, List.of(FIRST), 80));

    // Then
    assertThat(plan.operations()).containsExactly(close(WEB, FIRST, 80), open(API, FIRST, 80));
    assertThat(plan.affectedServices()).isEqualTo(Set.of(WEB, API));
  }

  @Test
  void one_port_number_with_two_protocols_is_two_bindings() {
    // Given
    Frontend tcp = new Frontend("dns-tcp", 53, Protocol.TCP, ready(1));
    Frontend udp = new Frontend("dns", 53, Protocol.UDP, ready(1));

    // When
    ListenerPlan plan = become(server(WEB, List.of(FIRST), POLICY, tcp, udp));

    // Then
    assertThat(plan.operations()).hasSize(2);
  }

  @Tag("feature:families")
  @Test
  void each_address_of_a_service_uses_endpoints_of_its_own_family() {
    // Given
    InetAddress sixth = address("2001:db8::1");
    Endpoint four =
        new Endpoint(address("10.0.0.1"), 8080, "pod-1", "node", READY, TopologyHints.NONE);
    Endpoint six =
        new Endpoint(address("fd00::1"), 8080, "pod-1", "node", READY, TopologyHints.NONE);
    Frontend dual = frontend(80, List.of(four, six));

    // When
    ListenerPlan plan = become(server(WEB, List.of(FIRST, sixth), POLICY, dual));

    // Then
    assertThat(plan.operations())
        .containsExactly(
            new ListenerOperation.Open(
                binding(FIRST, 80),
                new BindingConfig(WEB, frontend(80, List.of(four)), POLICY, HERE)),
            new ListenerOperation.Open(
                binding(sixth, 80),
                new BindingConfig(WEB, frontend(80, List.of(six)), POLICY, HERE)));
  }

  /** Replaces the desired virtual servers. */
  private ListenerPlan become(VirtualServer... servers) {
    Map<ServiceKey, VirtualServer> next = new HashMap<>();
    for (VirtualServer server : servers) {
      next.put(server.id(), server);
    }
    VirtualServerChanges changes =
        VirtualServerChanges.between(
            desired,
            next,
            Stream.concat(desired.keySet().stream(), next.keySet().stream()).distinct().toList());
    changes.applyTo(desired);
    return bindingTable.apply(changes);
  }

  private static ListenerOperation open(ServiceKey service, InetAddress address, int port) {
    return new ListenerOperation.Open(
        binding(address, port), new BindingConfig(service, frontend(port, ready(3)), POLICY, HERE));
  }

  private static ListenerOperation close(ServiceKey service, InetAddress address, int port) {
    return new ListenerOperation.Close(binding(address, port), service);
  }

  private static Binding binding(InetAddress address, int port) {
    return new Binding(address, port, Protocol.TCP);
  }

  private static VirtualServer server(ServiceKey id, List<InetAddress> addresses, int... ports) {
    Frontend[] frontends = new Frontend[ports.length];
    for (int i = 0; i < ports.length; i++) {
      frontends[i] = frontend(ports[i], ready(3));
    }
    return server(id, addresses, POLICY, frontends);
  }

  private static VirtualServer server(
      ServiceKey id, List<InetAddress> addresses, ConnectionPolicy policy, Frontend... frontends) {
    return new VirtualServer(id, 1, addresses, List.of(frontends), policy, HERE);
  }

  private static Frontend frontend(int port, List<Endpoint> endpoints) {
    return new Frontend("port-" + port, port, Protocol.TCP, endpoints);
  }

  private static ConnectionPolicy policy(Duration idle) {
    HealthCheckPolicy check =
        new HealthCheckPolicy(Duration.ofSeconds(2), Duration.ofSeconds(1), 2, 3);
    return new ConnectionPolicy(
        PickerType.ROUND_ROBIN,
        Optional.empty(),
        check,
        Duration.ofSeconds(1),
        idle,
        Duration.ofSeconds(60),
        ConnectionLimits.NONE,
        SourceRanges.UNRESTRICTED);
  }
}
