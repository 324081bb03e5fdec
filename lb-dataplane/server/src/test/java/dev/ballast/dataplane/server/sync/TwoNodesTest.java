package dev.ballast.dataplane.server.sync;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.apiclient.DataPlaneApiClient;
import dev.ballast.dataplane.core.address.RendezvousHash;
import dev.ballast.dataplane.core.admission.AdmissionResult;
import dev.ballast.dataplane.server.cluster.NodeSettings;
import dev.ballast.dataplane.server.cluster.TestApiServer;
import dev.ballast.dataplane.server.cluster.TestObjects;
import dev.ballast.dataplane.server.hotrestart.NodeLock;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Replaceable;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two nodes that have one address each of a Service, with a real API server. */
@Tag("feature:status")
@ExtendWith(TestApiServer.class)
class TwoNodesTest {

  private static final Set<String> BOTH = new TreeSet<>(Set.of("n1", "n2"));

  private static final String V4 = ownedBy("n1", "198.18.100.%d");
  private static final String V6 = ownedBy("n2", "2001:db8::%d");

  private KubernetesClient api;
  private TestApiServer.Api server;
  private String namespace;
  private TestNode first;
  private TestNode second;

  private final class TestNode implements AutoCloseable {
    final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    final FakeRelayControl relay = new FakeRelayControl(new CopyOnWriteArrayList<>());
    final FakeAnnouncer announcer = new FakeAnnouncer(new CopyOnWriteArrayList<>());
    final DataPlaneController dataPlaneController;

    TestNode(String name) {
      dataPlaneController =
          new DataPlaneController(
              DataPlaneApiClient.create(server.config()),
              new NodeSettings(name, new NodeSettings.Membership.StaticMembership(BOTH)),
              relay,
              announcer,
              metrics,
              NodeLock.unshared(),
              NodeChecks.none(),
              new RecordingRole());
      dataPlaneController.startThread();
    }

    int writes() {
      return (int) metrics.get("ballast.report.writes").tag("outcome", "success").counter().count();
    }

    @Override
    public void close() {
      dataPlaneController.close();
    }
  }

  @BeforeEach
  void prepare(TestApiServer.Api server) {
    this.server = server;
    api = server.client();
    namespace = server.namespace();
    first = new TestNode("n1");
    second = new TestNode("n2");
    await()
        .atMost(ofSeconds(20))
        .until(() -> first.dataPlaneController.ready() && second.dataPlaneController.ready());
  }

  @AfterEach
  void close() {
    first.close();
    second.close();
    api.resources(LoadBalancer.class).inNamespace(namespace).delete();
    api.resources(Address.class).delete();
  }

  @Test
  void the_conditions_cover_both_nodes_and_are_written_a_few_times_only() {
    // When
    create(V4, V6);

    // Then
    String announced =
        "Announced=True Node n1 announces %s. Node n2 announces %s.".formatted(V4, V6);
    await().untilAsserted(() -> assertThat(conditions()).contains(announced));
    await().during(ofSeconds(2)).untilAsserted(() -> assertThat(conditions()).contains(announced));
    assertThat(conditions()).hasSize(5);
    assertThat(first.writes()).as("with and without the report of the other node").isBetween(1, 2);
    assertThat(second.writes()).isEqualTo(1);
  }

  @Test
  void a_change_at_one_node_is_reported_by_the_node_that_writes_conditions() {
    // Given
    create(V4, V6);
    await().untilAsserted(() -> assertThat(conditions()).anyMatch(c -> c.contains("Nodes n1, n2")));
    int before = first.writes() + second.writes();

    // When
    second.relay.portInUse = 80;
    second.dataPlaneController.reconcileAll();

    // Then
    String failed = "Programmed=False Port 80: another process listens on it";
    await().untilAsserted(() -> assertThat(conditions()).contains(failed));
    await().during(ofSeconds(2)).untilAsserted(() -> assertThat(conditions()).contains(failed));
    assertThat(first.writes() + second.writes() - before).isEqualTo(2);
  }

  @Test
  @Tag("feature:limits")
  void rejected_connections_at_one_node_are_a_condition_until_they_end() {
    // Given
    create(V4, V6);
    await().untilAsserted(() -> assertThat(conditions()).anyMatch(c -> c.contains("Nodes n1, n2")));

    // When
    second.relay.rejecting = Set.of(AdmissionResult.SERVICE_LIMIT);
    second.dataPlaneController.reconcileAll();

    // Then
    await()
        .untilAsserted(
            () ->
                assertThat(conditions())
                    .anyMatch(c -> c.startsWith("Limited=True Node n2 rejects new connections.")));
    assertThat(nodes().flatMap(node -> node.rejecting().stream())).containsExactly("ServiceLimit");
    second.relay.rejecting = Set.of();
    second.dataPlaneController.reconcileAll();
    await().untilAsserted(() -> assertThat(conditions()).hasSize(5));
    assertThat(nodes()).allMatch(node -> node.rejecting().isEmpty());
  }

  /** Server-side apply removes a field when its last manager stops applying it. */
  @Test
  void conditions_survive_a_move_of_the_first_address() {
    // Given
    create(V4, V6);
    await().untilAsserted(() -> assertThat(conditions()).anyMatch(c -> c.contains("Nodes n1, n2")));

    // When
    api.resources(LoadBalancer.class)
        .inNamespace(namespace)
        .withName("web")
        .edit(
            object -> {
              object.setSpec(TestObjects.loadBalancer(namespace, "web", V6, V4).getSpec());
              return object;
            });

    // Then
    await()
        .untilAsserted(
            () -> {
              assertThat(get().getStatus().nodes())
                  .extracting(NodeReport::observedGeneration)
                  .containsOnly(2L);
              assertThat(get().getStatus().conditions())
                  .hasSize(5)
                  .extracting(Condition::getObservedGeneration)
                  .containsOnly(2L);
            });
    assertThat(conditions())
        .contains("Announced=True Node n1 announces %s. Node n2 announces %s.".formatted(V4, V6));
  }

  @Test
  void a_node_that_is_off_link_leaves_the_address_to_the_other() {
    // Given
    first.announcer.offLink.add(InetAddress.ofLiteral(V4));

    // When
    create(V4);

    // Then
    String announced = "Announced=True Node n2 announces %s.".formatted(V4);
    await().untilAsserted(() -> assertThat(conditions()).contains(announced));
    await().during(ofSeconds(2)).untilAsserted(() -> assertThat(conditions()).contains(announced));
    assertThat(notOnLink()).containsExactly("n1");
    assertThat(first.writes()).isEqualTo(1);
    assertThat(second.writes()).isEqualTo(1);
  }

  @Test
  void when_both_are_off_link_one_announces_and_both_say_so() {
    // Given
    first.announcer.offLink.add(InetAddress.ofLiteral(V4));
    second.announcer.offLink.add(InetAddress.ofLiteral(V4));

    // When
    create(V4);

    // Then
    await()
        .untilAsserted(
            () ->
                assertThat(conditions())
                    .anyMatch(c -> c.contains("Node n1 announces " + V4))
                    .anyMatch(c -> c.contains("uses the interface of the default route")));
    await()
        .during(ofSeconds(2))
        .untilAsserted(() -> assertThat(notOnLink()).containsExactly("n1", "n2"));
    assertThat(first.writes()).as("off-link, then announced").isEqualTo(2);
    assertThat(second.writes()).isEqualTo(1);
  }

  @Test
  void an_address_moves_with_the_interface_and_is_served_all_the_time() {
    // Given
    first.announcer.offLink.add(InetAddress.ofLiteral(V4));
    create(V4);
    await().until(() -> announcing().equals(List.of("n2")));

    // When
    first.announcer.offLink.clear();
    second.announcer.offLink.add(InetAddress.ofLiteral(V4));
    second.dataPlaneController.reconcileAll();
    first.dataPlaneController.reconcileAll();

    // Then
    List<List<String>> seen = new ArrayList<>();
    await()
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> {
              seen.add(announcing());
              return announcing().equals(List.of("n1"));
            });
    assertThat(seen).doesNotContain(List.of());
    await().untilAsserted(() -> assertThat(conditions()).hasSize(5));
    await().untilAsserted(() -> assertThat(notOnLink()).doesNotContain("n1"));
  }

  private List<String> announcing() {
    return nodes().filter(node -> !node.announcing().isEmpty()).map(NodeReport::name).toList();
  }

  private List<String> notOnLink() {
    return nodes()
        .filter(node -> node.notAnnounced().stream().anyMatch(a -> a.reason().equals("NotOnLink")))
        .map(NodeReport::name)
        .sorted()
        .toList();
  }

  private Stream<NodeReport> nodes() {
    return Optional.ofNullable(get().getStatus()).stream()
        .flatMap(status -> status.nodes().stream());
  }

  private void create(String... addresses) {
    var slice = TestObjects.slice(namespace, "web", "web-1", "10.0.0.1");
    slice.getMetadata().setResourceVersion(null);
    api.resource(slice).create();
    for (String address : addresses) {
      api.resource(TestObjects.address(address, namespace, "web")).createOr(Replaceable::update);
    }
    LoadBalancer object = TestObjects.loadBalancer(namespace, "web", addresses);
    object.getMetadata().setUid(null);
    object.getMetadata().setResourceVersion(null);
    api.resource(object).create();
  }

  private LoadBalancer get() {
    return api.resources(LoadBalancer.class).inNamespace(namespace).withName("web").get();
  }

  private List<String> conditions() {
    return Optional.ofNullable(get().getStatus()).stream()
        .flatMap(status -> status.conditions().stream())
        .map(c -> c.getType() + "=" + c.getStatus() + " " + c.getMessage())
        .map(text -> text.replaceAll(" \\(epoch 1, since [^)]*\\)", ""))
        .toList();
  }

  private static String ownedBy(String node, String format) {
    return IntStream.range(1, 100)
        .mapToObj(format::formatted)
        .filter(
            text ->
                RendezvousHash.ownerOf(InetAddress.ofLiteral(text), BOTH).equals(Optional.of(node)))
        .findFirst()
        .orElseThrow();
  }
}
