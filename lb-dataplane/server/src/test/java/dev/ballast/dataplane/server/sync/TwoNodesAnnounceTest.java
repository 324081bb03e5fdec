package dev.ballast.dataplane.server.sync;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.AddressPoolSpec;
import dev.ballast.api.v1alpha1.AddressPoolStatus;
import dev.ballast.api.v1alpha1.AnnounceSpec;
import dev.ballast.api.v1alpha1.AnnounceStatus;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.api.v1alpha1.OwnershipClaim;
import dev.ballast.apiclient.DataPlaneApiClient;
import dev.ballast.dataplane.server.cluster.NodeSettings;
import dev.ballast.dataplane.server.cluster.TestApiServer;
import dev.ballast.dataplane.server.cluster.TestObjects;
import dev.ballast.dataplane.server.hotrestart.NodeLock;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two nodes and a pool that selects one of them, with a real API server. */
@Tag("feature:announce")
@ExtendWith(TestApiServer.class)
class TwoNodesAnnounceTest {

  private static final String ADDRESS = "198.18.100.7";
  private static final Set<String> BOTH = new TreeSet<>(Set.of("n1", "n2"));

  private final List<DataPlaneController> nodes = new ArrayList<>();
  private TestApiServer.Api server;
  private KubernetesClient api;
  private String namespace;

  @BeforeEach
  void prepare(TestApiServer.Api server) {
    this.server = server;
    api = server.client();
    namespace = server.namespace();
    AddressPool pool = new AddressPool();
    // As the Addresses of TestObjects have it.
    pool.getMetadata().setName("pool");
    var selector = new LabelSelectorBuilder().addToMatchLabels("role", "edge").build();
    pool.setSpec(
        new AddressPoolSpec(
            List.of(ADDRESS),
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            new AnnounceSpec(selector, null, List.of())));
    api.resource(pool).create();
    BOTH.forEach(this::startNode);
    await().atMost(ofSeconds(20)).until(() -> nodes.stream().allMatch(DataPlaneController::ready));
  }

  private void startNode(String name) {
    var node =
        new DataPlaneController(
            DataPlaneApiClient.create(server.config()),
            new NodeSettings(name, new NodeSettings.Membership.StaticMembership(BOTH)),
            new FakeRelayControl(new CopyOnWriteArrayList<>()),
            new FakeAnnouncer(new CopyOnWriteArrayList<>()),
            new SimpleMeterRegistry(),
            NodeLock.unshared(),
            NodeChecks.none(),
            new RecordingRole());
    nodes.add(node);
    node.startThread();
  }

  @AfterEach
  void close() {
    nodes.forEach(DataPlaneController::close);
    api.resources(LoadBalancer.class).inNamespace(namespace).delete();
    api.resources(Address.class).delete();
    api.resources(AddressPool.class).delete();
  }

  @Test
  void an_address_waits_for_a_node_that_its_pool_selects_and_moves_with_the_selection() {
    // Given
    create();
    await().untilAsserted(() -> assertThat(announcedReason()).isEqualTo("NoNodeSelected"));
    resolve("n2");
    await().until(() -> announcing().equals(List.of("n2")));

    // When
    resolve("n1");

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
    assertThat(reports().flatMap(node -> node.claims().stream()))
        .extracting(OwnershipClaim::epoch, OwnershipClaim::reason)
        .containsExactly(tuple(2L, "NodeNotSelected"));
  }

  private void create() {
    var slice = TestObjects.slice(namespace, "web", "web-1", "10.0.0.1");
    slice.getMetadata().setResourceVersion(null);
    api.resource(slice).create();
    api.resource(TestObjects.address(ADDRESS, namespace, "web")).create();
    LoadBalancer object = TestObjects.loadBalancer(namespace, "web", ADDRESS);
    object.getMetadata().setUid(null);
    object.getMetadata().setResourceVersion(null);
    api.resource(object).create();
  }

  /** As the operator does. */
  private void resolve(String node) {
    api.resources(AddressPool.class)
        .withName("pool")
        .editStatus(
            pool -> {
              pool.setStatus(
                  new AddressPoolStatus(
                      1L,
                      null,
                      null,
                      null,
                      null,
                      null,
                      null,
                      new AnnounceStatus(List.of(node), List.of()),
                      List.of()));
              return pool;
            });
  }

  private List<String> announcing() {
    return reports().filter(node -> !node.announcing().isEmpty()).map(NodeReport::name).toList();
  }

  private Stream<NodeReport> reports() {
    return Optional.ofNullable(get().getStatus()).stream()
        .flatMap(status -> status.nodes().stream());
  }

  private String announcedReason() {
    return Optional.ofNullable(get().getStatus()).stream()
        .flatMap(status -> status.conditions().stream())
        .filter(condition -> condition.getType().equals("Announced"))
        .map(condition -> String.valueOf(condition.getReason()))
        .findFirst()
        .orElse("");
  }

  private LoadBalancer get() {
    return api.resources(LoadBalancer.class).inNamespace(namespace).withName("web").get();
  }
}
