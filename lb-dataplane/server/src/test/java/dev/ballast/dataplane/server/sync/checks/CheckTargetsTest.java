package dev.ballast.dataplane.server.sync.checks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.FrontendReport;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.api.v1alpha1.LoadBalancerSpec;
import dev.ballast.api.v1alpha1.LoadBalancerStatus;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.reachability.CheckTarget;
import dev.ballast.dataplane.core.source.Cidr;
import dev.ballast.dataplane.server.cluster.PeerNode;
import dev.ballast.dataplane.server.cluster.TestObjects;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Node n2 and its peer n1, which announces an address. */
@Tag("feature:reachability")
class CheckTargetsTest {

  private static final String TEXT = "198.18.100.7";
  private static final InetAddress ADDRESS = InetAddress.ofLiteral(TEXT);
  private static final Set<String> MEMBERS = Set.of("n1", "n2");
  private static final FrontendReport UDP = new FrontendReport(53, "UDP", true, null, null);
  private static final FrontendReport TCP = new FrontendReport(80, "TCP", true, null, null);
  private static final FrontendReport FAILED =
      new FrontendReport(79, "TCP", false, "PortInUse", "taken");

  private final CheckTargets targets = new CheckTargets("n2");

  @Test
  void a_node_checks_the_address_of_its_peer_at_a_port_that_listens() {
    // When
    var found = update(announcedBy("n1", "1/1", UDP, FAILED, TCP));

    // Then
    assertThat(found).containsExactly(Map.entry(ADDRESS, target("n1", OptionalInt.of(80))));
  }

  @Test
  void a_service_without_a_tcp_port_is_checked_by_arp_alone() {
    // When
    var found = update(announcedBy("n1", "1/1", UDP));

    // Then
    assertThat(found).containsEntry(ADDRESS, target("n1", OptionalInt.empty()));
  }

  /** The node may refuse connections, and that is no fault of the network. */
  @Test
  void a_service_without_healthy_backends_is_checked_by_arp_alone() {
    // When
    var found = update(announcedBy("n1", "0/2", TCP));

    // Then
    assertThat(found).containsEntry(ADDRESS, target("n1", OptionalInt.empty()));
  }

  @Test
  void a_service_that_admits_some_clients_only_is_checked_by_arp_alone() {
    // Given
    LoadBalancer restricted = announcedBy("n1", "1/1", TCP);
    LoadBalancerSpec spec = restricted.getSpec();
    restricted.setSpec(
        new LoadBalancerSpec(
            spec.addresses(),
            spec.frontends(),
            null,
            null,
            List.of("203.0.113.0/24"),
            null,
            null,
            null));

    // When
    var found = update(restricted);

    // Then
    assertThat(found).containsEntry(ADDRESS, target("n1", OptionalInt.empty()));
  }

  @Test
  void a_node_does_not_check_what_it_announces_itself() {
    // When
    var found = update(announcedBy("n2", "1/1", TCP));

    // Then
    assertThat(found).isEmpty();
  }

  @Test
  void the_report_of_a_former_member_is_not_checked() {
    // When
    var found = update(announcedBy("n3", "1/1", TCP));

    // Then
    assertThat(found).isEmpty();
  }

  @Test
  void a_node_outside_the_subnet_does_not_check() {
    // When
    var found =
        targets.update(
            Set.of(key("web")),
            List.of(TestObjects.parse(announcedBy("n1", "1/1", TCP), "n2")),
            MEMBERS,
            Map.of("n2", node("n2", "203.0.113.0/24")));

    // Then
    assertThat(found).isEmpty();
  }

  @Test
  void services_that_share_an_address_have_one_target() {
    // Given
    update(named("dns", announcedBy("n1", "1/1", UDP)));

    // When
    var found = update(named("web", announcedBy("n1", "1/1", TCP)));

    // Then
    assertThat(found).containsExactly(Map.entry(ADDRESS, target("n1", OptionalInt.of(80))));
  }

  @Test
  void the_target_of_a_shared_address_stays_for_the_other_service() {
    // Given
    update(named("dns", announcedBy("n1", "1/1", UDP)));
    update(named("web", announcedBy("n1", "1/1", TCP)));

    // When
    var found = targets.update(Set.of(key("web")), List.of(), MEMBERS, nodes());

    // Then
    assertThat(found).containsExactly(Map.entry(ADDRESS, target("n1", OptionalInt.empty())));
  }

  @Test
  void the_target_of_a_deleted_service_is_removed() {
    // Given
    update(named("web", announcedBy("n1", "1/1", TCP)));

    // When
    var found = targets.update(Set.of(key("web")), List.of(), MEMBERS, nodes());

    // Then
    assertThat(found).containsExactly(Map.entry(ADDRESS, Optional.empty()));
  }

  private Map<InetAddress, Optional<CheckTarget>> update(LoadBalancer... objects) {
    return targets.update(
        Arrays.stream(objects)
            .map(object -> key(object.getMetadata().getName()))
            .collect(Collectors.toSet()),
        Arrays.stream(objects).map(object -> TestObjects.parse(object, "n2")).toList(),
        MEMBERS,
        nodes());
  }

  private static Map<String, PeerNode> nodes() {
    return Map.of("n2", node("n2", "198.18.100.0/24"));
  }

  private static PeerNode node(String name, String subnet) {
    return new PeerNode(name, List.of(Cidr.parse(subnet).orElseThrow()), Map.of(), List.of());
  }

  private static LoadBalancer announcedBy(
      String node, String healthy, FrontendReport... frontends) {
    LoadBalancer object = TestObjects.loadBalancer("default", "web", TEXT);
    object.setStatus(
        new LoadBalancerStatus(
            List.of(),
            List.of(
                new NodeReport(
                    node, 1L, List.of(TEXT), List.of(), List.of(frontends), healthy, List.of()))));
    return object;
  }

  private static LoadBalancer named(String name, LoadBalancer object) {
    object.getMetadata().setName(name);
    return object;
  }

  private static ServiceKey key(String name) {
    return new ServiceKey("default", name);
  }

  private static Optional<CheckTarget> target(String node, OptionalInt port) {
    return Optional.of(new CheckTarget(ADDRESS, node, port));
  }
}
