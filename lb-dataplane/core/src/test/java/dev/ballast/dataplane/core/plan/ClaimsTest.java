package dev.ballast.dataplane.core.plan;

import static dev.ballast.dataplane.core.Endpoints.READY;
import static dev.ballast.dataplane.core.Endpoints.address;
import static dev.ballast.dataplane.core.Endpoints.ready;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.endpoint.Hints;
import dev.ballast.dataplane.core.endpoint.Place;
import dev.ballast.dataplane.core.plan.Policy.Balancing;
import dev.ballast.dataplane.core.plan.Policy.Check;
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

class ClaimsTest {

  private static final InetAddress FIRST = address("192.0.2.1");
  private static final InetAddress SECOND = address("192.0.2.2");
  private static final ServiceId WEB = new ServiceId("default", "web");
  private static final ServiceId API = new ServiceId("default", "api");
  private static final Place HERE = new Place("node", "");
  private static final Policy POLICY = policy(Duration.ofSeconds(350));

  private final Claims claims = new Claims();
  private final Map<ServiceId, VirtualServer> desired = new HashMap<>();

  @Test
  void every_port_opens_at_every_address() {
    // When
    Plan plan = become(server(WEB, List.of(FIRST, SECOND), 80, 443));

    // Then
    assertThat(plan.steps())
        .containsExactly(
            open(WEB, FIRST, 80),
            open(WEB, FIRST, 443),
            open(WEB, SECOND, 80),
            open(WEB, SECOND, 443));
  }

  @Test
  void what_runs_as_desired_takes_no_step() {
    // Given
    become(server(WEB, List.of(FIRST), 80, 443));

    // When
    Plan plan = become(server(WEB, List.of(FIRST), 80, 443));

    // Then
    assertThat(plan.steps()).isEmpty();
  }

  @Test
  void a_port_that_comes_and_one_that_goes_leave_the_others_alone() {
    // Given
    become(server(WEB, List.of(FIRST), 80, 443));

    // When
    Plan plan = become(server(WEB, List.of(FIRST), 443, 8443));

    // Then
    assertThat(plan.steps()).containsExactly(close(WEB, FIRST, 80), open(WEB, FIRST, 8443));
  }

  @Test
  void other_endpoints_replace_on_the_same_listener() {
    // Given
    become(server(WEB, List.of(FIRST), 80));
    Frontend fewer = frontend(80, ready(1));

    // When
    Plan plan = become(server(WEB, List.of(FIRST), POLICY, fewer));

    // Then
    assertThat(plan.steps())
        .containsExactly(new Step.Replace(binding(FIRST, 80), new Claim(WEB, fewer, POLICY, HERE)));
  }

  @Test
  void another_policy_replaces_on_the_same_listener() {
    // Given
    become(server(WEB, List.of(FIRST), 80));
    Policy patient = policy(Duration.ofHours(1));
    Frontend same = frontend(80, ready(3));

    // When
    Plan plan = become(server(WEB, List.of(FIRST), patient, same));

    // Then
    assertThat(plan.steps())
        .containsExactly(new Step.Replace(binding(FIRST, 80), new Claim(WEB, same, patient, HERE)));
  }

  @Test
  void an_address_that_moves_closes_before_it_opens() {
    // Given
    become(server(WEB, List.of(FIRST), 80));

    // When
    Plan plan = become(server(API, List.of(FIRST), 80));

    // Then
    assertThat(plan.steps()).containsExactly(close(WEB, FIRST, 80), open(API, FIRST, 80));
    assertThat(claims.otherHolder(WEB, binding(FIRST, 80))).contains(API);
  }

  @Test
  void a_deleted_service_closes_all_its_ports() {
    // Given
    become(server(WEB, List.of(FIRST, SECOND), 80));

    // When
    Plan plan = become();

    // Then
    assertThat(plan.steps())
        .containsExactlyInAnyOrder(close(WEB, FIRST, 80), close(WEB, SECOND, 80));
    assertThat(claims.at(binding(FIRST, 80))).isEmpty();
  }

  @Test
  void the_service_that_has_a_binding_keeps_it_even_from_one_with_a_smaller_name() {
    // Given
    become(server(WEB, List.of(FIRST), 80));

    // When
    Plan plan = become(server(API, List.of(FIRST), 80, 81), server(WEB, List.of(FIRST), 80));

    // Then
    assertThat(plan.steps()).containsExactly(open(API, FIRST, 81));
    assertThat(claims.otherHolder(API, binding(FIRST, 80))).contains(WEB);
  }

  @Test
  void of_two_newcomers_the_first_by_name_gets_the_binding() {
    // When
    Plan plan = become(server(WEB, List.of(FIRST), 80), server(API, List.of(FIRST), 80));

    // Then
    assertThat(plan.steps()).containsExactly(open(API, FIRST, 80));
    assertThat(claims.otherHolder(WEB, binding(FIRST, 80))).contains(API);
  }

  @Test
  void a_service_that_was_refused_gets_the_binding_when_its_holder_goes() {
    // Given
    become(server(WEB, List.of(FIRST), 80));
    become(server(WEB, List.of(FIRST), 80), server(API, List.of(FIRST), 80));

    // When
    Plan plan = become(server(API, List.of(FIRST), 80));

    // Then
    assertThat(plan.steps()).containsExactly(close(WEB, FIRST, 80), open(API, FIRST, 80));
    assertThat(plan.concerned()).isEqualTo(Set.of(WEB, API));
  }

  @Test
  void one_port_of_two_protocols_is_two_bindings() {
    // Given
    Frontend tcp = new Frontend("dns-tcp", 53, Protocol.TCP, ready(1));
    Frontend udp = new Frontend("dns", 53, Protocol.UDP, ready(1));

    // When
    Plan plan = become(server(WEB, List.of(FIRST), POLICY, tcp, udp));

    // Then
    assertThat(plan.steps()).hasSize(2);
  }

  @Tag("feature:families")
  @Test
  void each_address_of_a_service_has_the_endpoints_of_its_own_family() {
    // Given
    InetAddress sixth = address("2001:db8::1");
    Endpoint four = new Endpoint(address("10.0.0.1"), 8080, "pod-1", "node", READY, Hints.NONE);
    Endpoint six = new Endpoint(address("fd00::1"), 8080, "pod-1", "node", READY, Hints.NONE);
    Frontend dual = frontend(80, List.of(four, six));

    // When
    Plan plan = become(server(WEB, List.of(FIRST, sixth), POLICY, dual));

    // Then
    assertThat(plan.steps())
        .containsExactly(
            new Step.Open(
                binding(FIRST, 80), new Claim(WEB, frontend(80, List.of(four)), POLICY, HERE)),
            new Step.Open(
                binding(sixth, 80), new Claim(WEB, frontend(80, List.of(six)), POLICY, HERE)));
  }

  /** Makes these, and only these, desired. */
  private Plan become(VirtualServer... servers) {
    Map<ServiceId, VirtualServer> next = new HashMap<>();
    for (VirtualServer server : servers) {
      next.put(server.id(), server);
    }
    Changes changes =
        Changes.between(
            desired,
            next,
            Stream.concat(desired.keySet().stream(), next.keySet().stream()).distinct().toList());
    changes.applyTo(desired);
    return claims.change(changes);
  }

  private static Step open(ServiceId service, InetAddress address, int port) {
    return new Step.Open(
        binding(address, port), new Claim(service, frontend(port, ready(3)), POLICY, HERE));
  }

  private static Step close(ServiceId service, InetAddress address, int port) {
    return new Step.Close(binding(address, port), service);
  }

  private static Binding binding(InetAddress address, int port) {
    return new Binding(address, port, Protocol.TCP);
  }

  private static VirtualServer server(ServiceId id, List<InetAddress> addresses, int... ports) {
    Frontend[] frontends = new Frontend[ports.length];
    for (int i = 0; i < ports.length; i++) {
      frontends[i] = frontend(ports[i], ready(3));
    }
    return server(id, addresses, POLICY, frontends);
  }

  private static VirtualServer server(
      ServiceId id, List<InetAddress> addresses, Policy policy, Frontend... frontends) {
    return new VirtualServer(id, 1, addresses, List.of(frontends), policy, HERE);
  }

  private static Frontend frontend(int port, List<Endpoint> endpoints) {
    return new Frontend("port-" + port, port, Protocol.TCP, endpoints);
  }

  private static Policy policy(Duration idle) {
    Check check = new Check(Duration.ofSeconds(2), Duration.ofSeconds(1), 2, 3);
    return new Policy(
        Balancing.ROUND_ROBIN,
        Optional.empty(),
        check,
        Duration.ofSeconds(1),
        idle,
        Policy.Flows.DEFAULT,
        SourceRanges.EVERYBODY);
  }
}
