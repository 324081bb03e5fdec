package dev.ballast.dataplane.server.sync;

import static dev.ballast.dataplane.server.cluster.TestObjects.loadBalancer;
import static dev.ballast.dataplane.server.cluster.TestObjects.slice;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.dataplane.core.address.AnnouncePolicy;
import dev.ballast.dataplane.core.address.OwnershipDecision;
import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.endpoint.NodeLocality;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.server.cluster.EndpointSliceSnapshot;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.cluster.TestObjects;
import dev.ballast.dataplane.server.membership.AddressOwnership;
import dev.ballast.dataplane.server.membership.KnownClaims;
import dev.ballast.dataplane.server.membership.Members;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DesiredStateTest {

  private static final ServiceKey WEB = new ServiceKey("default", "web");
  private static final NodeLocality LOCALITY = new NodeLocality("n1", "");
  private static final Members ONE_MEMBER = new Members(new TreeSet<>(Set.of("n1")), false);

  @Test
  void every_address_has_one_owner_among_the_members() {
    // Given
    Members members = new Members(new TreeSet<>(Set.of("n1", "n2", "n3")), false);
    List<LoadBalancerConfig> configs =
        IntStream.range(0, 60)
            .mapToObj(i -> parse(loadBalancer("default", "web-" + i, "198.18.100." + i)))
            .toList();

    // When
    List<Integer> shares =
        members.nodes().stream().map(n -> owned(configs, members, n).size()).toList();

    // Then
    assertThat(shares.stream().mapToInt(i -> i).sum()).isEqualTo(60);
    assertThat(shares).allMatch(share -> share > 5);
  }

  @Test
  void a_node_that_is_not_a_member_owns_no_address() {
    // Given
    LoadBalancerConfig config = parse(loadBalancer("default", "web", "198.18.100.7"));

    // When
    var owned = owned(List.of(config), ONE_MEMBER, "n2");

    // Then
    assertThat(owned).isEmpty();
  }

  @Test
  void a_terminating_load_balancer_is_not_served() {
    // Given
    LoadBalancer object = loadBalancer("default", "web", "198.18.100.7");
    object.getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z");

    // When
    var owned = owned(List.of(parse(object)), ONE_MEMBER, "n1");

    // Then
    assertThat(owned).isEmpty();
  }

  @Test
  void ports_match_by_name_and_protocol() {
    // Given
    LoadBalancerConfig config = parse(loadBalancer("default", "web", "198.18.100.7"));
    EndpointSlice other =
        slice("default", "web", "web-2", "10.0.0.2")
            .edit()
            .editFirstPort()
            .withName("metrics")
            .endPort()
            .build();

    // When
    VirtualServer server = serve(config, slice("default", "web", "web-1", "10.0.0.1"), other);

    // Then
    assertThat(endpoints(server)).extracting(Endpoint::address).containsExactly(ip("10.0.0.1"));
    assertThat(endpoints(server)).extracting(Endpoint::port).containsExactly(8080);
  }

  @Test
  void an_endpoint_in_two_slices_counts_once_and_is_ready_if_either_slice_says_so() {
    // Given
    LoadBalancerConfig config = parse(loadBalancer("default", "web", "198.18.100.7"));
    EndpointSlice unready =
        slice("default", "web", "web-1", "10.0.0.1")
            .edit()
            .editFirstEndpoint()
            .withNewConditions()
            .withReady(false)
            .endConditions()
            .endEndpoint()
            .build();

    // When
    VirtualServer server = serve(config, unready, slice("default", "web", "web-2", "10.0.0.1"));

    // Then
    assertThat(endpoints(server)).singleElement().matches(e -> e.conditions().ready());
  }

  @Test
  void only_services_with_known_slices_are_served() {
    // Given
    LoadBalancerConfig known = parse(loadBalancer("default", "web", "198.18.100.7"));
    LoadBalancerConfig unknown = parse(loadBalancer("default", "new", "198.18.100.8"));
    var owned = owned(List.of(known, unknown), ONE_MEMBER, "n1");

    // When
    DesiredState desiredState =
        DesiredState.of(
            List.of(known, unknown),
            owned,
            LOCALITY,
            TestObjects.ANY_ENDPOINT,
            id -> id.equals(WEB) ? Optional.of(List.of()) : Optional.empty());

    // Then
    assertThat(desiredState.servers()).containsOnlyKeys(WEB);
    assertThat(desiredState.addresses()).containsExactly(ip("198.18.100.7"));
  }

  private static Map<ServiceKey, List<InetAddress>> owned(
      List<LoadBalancerConfig> configs, Members members, String self) {
    var ownership =
        new AddressOwnership(
            self,
            members,
            address -> true,
            address -> KnownClaims.NONE,
            address -> AnnouncePolicy.ALL);
    Set<InetAddress> addresses = new HashSet<>();
    DesiredState.decisions(configs, ownership)
        .forEach(
            (address, decision) -> {
              if (decision instanceof OwnershipDecision.Owned) {
                addresses.add(address);
              }
            });
    return DesiredState.addressesByService(configs, addresses);
  }

  private static VirtualServer serve(LoadBalancerConfig config, EndpointSlice... slices) {
    List<EndpointSliceSnapshot> read =
        Arrays.stream(slices).map(s -> TestObjects.parse(WEB, s)).toList();
    return DesiredState.of(
            List.of(config),
            Map.of(config.id(), config.addresses()),
            LOCALITY,
            TestObjects.ANY_ENDPOINT,
            id -> Optional.of(read))
        .servers()
        .get(config.id());
  }

  private static List<Endpoint> endpoints(VirtualServer server) {
    return server.frontends().getFirst().endpoints();
  }

  private static LoadBalancerConfig parse(LoadBalancer object) {
    return TestObjects.parse(object, "n1");
  }

  private static InetAddress ip(String text) {
    return InetAddress.ofLiteral(text);
  }
}
