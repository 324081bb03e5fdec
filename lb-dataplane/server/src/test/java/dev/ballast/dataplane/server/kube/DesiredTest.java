package dev.ballast.dataplane.server.kube;

import static dev.ballast.dataplane.server.kube.Objects.loadBalancer;
import static dev.ballast.dataplane.server.kube.Objects.slice;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.endpoint.Place;
import dev.ballast.dataplane.core.plan.ServiceId;
import dev.ballast.dataplane.core.plan.VirtualServer;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DesiredTest {

  private static final ServiceId WEB = new ServiceId("default", "web");
  private static final Place HERE = new Place("n1", "");
  private static final Members ALONE = new Members(new TreeSet<>(Set.of("n1")), false);

  @Test
  void every_address_has_one_owner_among_the_members() {
    // Given
    Members members = new Members(new TreeSet<>(Set.of("n1", "n2", "n3")), false);
    List<Program> programs =
        IntStream.range(0, 60)
            .mapToObj(i -> program(loadBalancer("default", "web-" + i, "198.18.100." + i)))
            .toList();

    // When
    List<Integer> shares =
        members.nodes().stream().map(n -> Desired.owned(programs, members, n).size()).toList();

    // Then
    assertThat(shares.stream().mapToInt(i -> i).sum()).isEqualTo(60);
    assertThat(shares).allMatch(share -> share > 5);
  }

  @Test
  void a_node_that_is_no_member_owns_nothing() {
    // Given
    Program program = program(loadBalancer("default", "web", "198.18.100.7"));

    // When
    var owned = Desired.owned(List.of(program), ALONE, "n2");

    // Then
    assertThat(owned).isEmpty();
  }

  @Test
  void a_load_balancer_that_is_being_deleted_is_not_wanted() {
    // Given
    LoadBalancer object = loadBalancer("default", "web", "198.18.100.7");
    object.getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z");

    // When
    var owned = Desired.owned(List.of(program(object)), ALONE, "n1");

    // Then
    assertThat(owned).isEmpty();
  }

  @Test
  void ports_match_by_name_and_protocol() {
    // Given
    Program program = program(loadBalancer("default", "web", "198.18.100.7"));
    EndpointSlice other =
        slice("default", "web", "web-2", "10.0.0.2")
            .edit()
            .editFirstPort()
            .withName("metrics")
            .endPort()
            .build();

    // When
    VirtualServer server = serve(program, slice("default", "web", "web-1", "10.0.0.1"), other);

    // Then
    assertThat(endpoints(server)).extracting(Endpoint::address).containsExactly(ip("10.0.0.1"));
    assertThat(endpoints(server)).extracting(Endpoint::port).containsExactly(8080);
  }

  @Test
  void an_endpoint_in_two_slices_counts_once_and_as_ready_if_either_says_so() {
    // Given
    Program program = program(loadBalancer("default", "web", "198.18.100.7"));
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
    VirtualServer server = serve(program, unready, slice("default", "web", "web-2", "10.0.0.1"));

    // Then
    assertThat(endpoints(server)).singleElement().matches(e -> e.conditions().ready());
  }

  @Test
  void addresses_are_those_of_servers_that_can_be_served_now() {
    // Given
    Program known = program(loadBalancer("default", "web", "198.18.100.7"));
    Program unknown = program(loadBalancer("default", "new", "198.18.100.8"));
    var owned = Desired.owned(List.of(known, unknown), ALONE, "n1");

    // When
    Desired desired =
        Desired.of(
            List.of(known, unknown),
            owned,
            HERE,
            id -> id.equals(WEB) ? Optional.of(List.of()) : Optional.empty());

    // Then
    assertThat(desired.servers()).containsOnlyKeys(WEB);
    assertThat(desired.addresses()).containsExactly(ip("198.18.100.7"));
  }

  private static VirtualServer serve(Program program, EndpointSlice... slices) {
    List<Slice> read = Arrays.stream(slices).map(s -> SliceReader.read(WEB, s)).toList();
    return Desired.of(
            List.of(program),
            Map.of(program.id(), program.addresses()),
            HERE,
            id -> Optional.of(read))
        .servers()
        .get(program.id());
  }

  private static List<Endpoint> endpoints(VirtualServer server) {
    return server.frontends().getFirst().endpoints();
  }

  private static Program program(LoadBalancer object) {
    return Programs.read(object, "n1");
  }

  private static InetAddress ip(String text) {
    return InetAddress.ofLiteral(text);
  }
}
