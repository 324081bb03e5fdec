package dev.ballast.dataplane.server.cluster;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressSpec;
import dev.ballast.api.v1alpha1.ServiceClaim;
import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.endpoint.NodeLocality;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.heartbeat.NodeLiveness;
import dev.ballast.dataplane.server.membership.Members;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** EndpointSlices as a real API server delivers them. */
@ExtendWith(TestApiServer.class)
class ClusterWatcherTest {

  private static final int OTHER_SERVICES = 2_000;

  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(2);
  private final AtomicInteger changes = new AtomicInteger();
  private KubernetesClient api;
  private String namespace;
  private ClusterWatcher clusterWatcher;

  @BeforeEach
  void start(TestApiServer.Api server) {
    api = server.client();
    namespace = server.namespace();
    clusterWatcher =
        new ClusterWatcher(
            api,
            new NodeSettings("n1", new NodeSettings.Membership.StaticMembership(Set.of("n1"))),
            () -> NodeLiveness.UNKNOWN,
            threads,
            new WorkQueue(changes::incrementAndGet),
            metrics);
  }

  @AfterEach
  void stop() {
    clusterWatcher.close();
    threads.shutdownNow();
  }

  @Test
  void two_thousand_slices_of_other_services_use_no_memory() {
    // Given
    clusterWatcher.start().join();
    double before = seen();
    createSlices(OTHER_SERVICES, 8);

    // When
    await().atMost(ofSeconds(60)).until(() -> seen() - before >= OTHER_SERVICES);

    // Then
    assertThat(kept()).isZero();
    assertThat(changes).hasValue(0);

    // And a newly served Service gets the slice that was dropped before.
    clusterWatcher.setServedServices(Set.of(id("other-1234")), Set.of(id("other-1234")));
    await().untilAsserted(() -> assertThat(ready("other-1234")).containsExactly("10.4.210.1"));
    assertThat(kept()).isEqualTo(1);
  }

  @Test
  void a_newly_claimed_address_is_pending_for_a_moment_and_then_forgotten() {
    // Given
    clusterWatcher.start().join();
    Address claimed = new Address();
    claimed.getMetadata().setName("198.51.100.77");
    claimed.setSpec(
        new AddressSpec(
            "198.51.100.77",
            "pool",
            List.of(new ServiceClaim(namespace, "web", "u1", null, List.of())),
            null));

    // When
    api.resource(claimed).create();

    // Then
    await()
        .untilAsserted(
            () ->
                assertThat(clusterWatcher.pendingAddresses())
                    .contains(InetAddress.ofLiteral("198.51.100.77")));
    await()
        .untilAsserted(
            () ->
                assertThat(clusterWatcher.pendingAddresses())
                    .doesNotContain(InetAddress.ofLiteral("198.51.100.77")));
    api.resource(claimed).delete();
  }

  @Test
  void services_that_start_together_are_listed_together() {
    // Given
    createSlices(200, 8);
    clusterWatcher.start().join();
    Set<ServiceKey> all =
        IntStream.range(0, 200).mapToObj(i -> id("other-" + i)).collect(Collectors.toSet());
    double before = lists();

    // When
    clusterWatcher.setServedServices(all, all);

    // Then
    await().untilAsserted(() -> assertThat(kept()).isEqualTo(200));
    await()
        .untilAsserted(
            () -> all.forEach(id -> assertThat(clusterWatcher.endpointSlices(id)).isPresent()));
    assertThat(ready("other-123")).containsExactly("10.0.123.1");
    // Includes the deferred list of Services that are usable already.
    await().untilAsserted(() -> assertThat(lists() - before).isEqualTo(4));
  }

  @Test
  void a_served_service_follows_readiness_and_deletion() {
    // Given
    clusterWatcher.start().join();
    clusterWatcher.setServedServices(Set.of(id("web")), Set.of(id("web")));
    api.resource(create("web", "web-1", "10.0.0.1", "10.0.0.2")).create();
    await().untilAsserted(() -> assertThat(ready("web")).containsExactly("10.0.0.1", "10.0.0.2"));

    // When
    api.discovery()
        .v1()
        .endpointSlices()
        .inNamespace(namespace)
        .withName("web-1")
        .edit(
            slice ->
                slice
                    .edit()
                    .editFirstEndpoint()
                    .editConditions()
                    .withReady(false)
                    .endConditions()
                    .endEndpoint()
                    .build());

    // Then
    await().untilAsserted(() -> assertThat(ready("web")).containsExactly("10.0.0.2"));
    api.discovery().v1().endpointSlices().inNamespace(namespace).withName("web-1").delete();
    await().untilAsserted(() -> assertThat(ready("web")).isEmpty());
  }

  @Test
  void a_service_can_be_dropped_and_served_again() {
    // Given
    api.resource(create("web", "web-1", "10.0.0.1")).create();
    clusterWatcher.start().join();
    clusterWatcher.setServedServices(Set.of(id("web")), Set.of(id("web")));
    await().untilAsserted(() -> assertThat(ready("web")).containsExactly("10.0.0.1"));

    // When
    clusterWatcher.setServedServices(Set.of(), Set.of(id("web")));

    // Then
    assertThat(kept()).isZero();
    api.discovery().v1().endpointSlices().inNamespace(namespace).withName("web-1").delete();
    api.resource(create("web", "web-2", "10.0.0.3")).create();
    clusterWatcher.setServedServices(Set.of(id("web")), Set.of(id("web")));
    await().untilAsserted(() -> assertThat(ready("web")).containsExactly("10.0.0.3"));
  }

  @Test
  void a_node_is_excluded_while_it_has_the_label_whatever_its_value() {
    // Given
    clusterWatcher.close();
    var podMembership =
        new NodeSettings.Membership.PodMembership(namespace, "app=dataplane", Optional.empty());
    var own = new SimpleMeterRegistry();
    var members =
        new ClusterWatcher(
            api,
            new NodeSettings("n1", podMembership),
            () -> NodeLiveness.UNKNOWN,
            threads,
            new WorkQueue(changes::incrementAndGet),
            own);
    String excluded = namespace + "-n2";
    try (members) {
      createNode(excluded);
      createReadyPod("n1");
      createReadyPod(excluded);
      members.start().join();
      await().until(() -> members.members().nodes().equals(Set.of("n1", excluded)));
      double before = nodesSeen(own);

      // When
      label(excluded, "");

      // Then
      await().until(() -> members.members().nodes().equals(Set.of("n1")));
      assertThat(members.members().excluded()).containsExactly(excluded);
      label(excluded, null);
      await().until(() -> members.members().nodes().equals(Set.of("n1", excluded)));

      // And updates of a Node without the label are not delivered.
      assertThat(nodesSeen(own) - before).isEqualTo(2);
      api.nodes()
          .withName(excluded)
          .edit(n -> n.edit().editMetadata().addToLabels("zone", "a").endMetadata().build());
      label(excluded, "true");
      await().until(() -> members.members().nodes().equals(Set.of("n1")));
      assertThat(nodesSeen(own) - before).isEqualTo(3);
    } finally {
      api.nodes().withName(excluded).delete();
    }
  }

  @Test
  void a_node_is_in_the_zone_that_its_label_names() {
    // Given
    clusterWatcher.close();
    var podMembership =
        new NodeSettings.Membership.PodMembership(namespace, "app=dataplane", Optional.empty());
    String self = namespace + "-n1";
    var own = new SimpleMeterRegistry();
    var placed =
        new ClusterWatcher(
            api,
            new NodeSettings(self, podMembership),
            () -> NodeLiveness.UNKNOWN,
            threads,
            new WorkQueue(changes::incrementAndGet),
            own);
    try (placed) {
      createNode(self);
      createNode(self + "-other");
      placed.start().join();
      assertThat(placed.locality()).isEqualTo(new NodeLocality(self, ""));

      // When
      inZone(self, "a");
      inZone(self + "-other", "b");

      // Then
      await()
          .untilAsserted(
              () -> assertThat(placed.locality()).isEqualTo(new NodeLocality(self, "a")));
    } finally {
      api.nodes().withName(self).delete();
      api.nodes().withName(self + "-other").delete();
    }
  }

  private void inZone(String node, String zone) {
    api.nodes()
        .withName(node)
        .edit(
            n ->
                n.edit()
                    .editMetadata()
                    .addToLabels("topology.kubernetes.io/zone", zone)
                    .endMetadata()
                    .build());
  }

  private void label(String node, @Nullable String value) {
    api.nodes()
        .withName(node)
        .edit(
            n -> {
              var metadata = n.edit().editMetadata();
              return (value == null
                      ? metadata.removeFromLabels(Members.EXCLUSION_LABEL)
                      : metadata.addToLabels(Members.EXCLUSION_LABEL, value))
                  .endMetadata()
                  .build();
            });
  }

  private void createNode(String name) {
    api.resource(new NodeBuilder().withNewMetadata().withName(name).endMetadata().build()).create();
  }

  private void createReadyPod(String node) {
    var pod =
        new PodBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName("dataplane-" + node)
            .addToLabels("app", "dataplane")
            .endMetadata()
            .withNewSpec()
            .withNodeName(node)
            .addNewContainer()
            .withName("dataplane")
            .withImage("dataplane")
            .endContainer()
            .endSpec()
            .build();
    api.resource(pod).create();
    pod.setStatus(
        new PodStatusBuilder()
            .addNewCondition()
            .withType("Ready")
            .withStatus("True")
            .endCondition()
            .build());
    api.resource(pod).updateStatus();
  }

  private static double nodesSeen(SimpleMeterRegistry registry) {
    return registry.get("ballast.watch.events").tag("kind", "Node").counter().count();
  }

  private void createSlices(int count, int parallel) {
    try (var pool = Executors.newFixedThreadPool(parallel)) {
      IntStream.range(0, count)
          .forEach(
              i ->
                  pool.execute(
                      () ->
                          api.resource(
                                  create(
                                      "other-" + i,
                                      "other-" + i,
                                      "10.%d.%d.1".formatted(i / 256, i % 256)))
                              .create()));
    }
  }

  private EndpointSlice create(String service, String name, String... addresses) {
    EndpointSlice slice = TestObjects.slice(namespace, service, name, addresses);
    slice.getMetadata().setResourceVersion(null);
    return slice;
  }

  private ServiceKey id(String name) {
    return new ServiceKey(namespace, name);
  }

  private List<String> ready(String service) {
    Optional<List<EndpointSliceSnapshot>> slices = clusterWatcher.endpointSlices(id(service));
    assertThat(slices).isPresent();
    return slices.orElseThrow().stream()
        .flatMap(slice -> slice.endpoints().values().stream())
        .flatMap(List::stream)
        .filter(endpoint -> endpoint.conditions().ready())
        .map(Endpoint::address)
        .map(address -> address.getHostAddress())
        .toList();
  }

  private double seen() {
    return metrics.get("ballast.watch.events").tag("kind", "EndpointSlice").counter().count();
  }

  /** The LIST requests that the API server has counted. */
  private double lists() {
    return api.raw("/metrics")
        .lines()
        .filter(line -> line.startsWith("apiserver_request_total{"))
        .filter(
            line -> line.contains("resource=\"endpointslices\"") && line.contains("verb=\"LIST\""))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private double kept() {
    return metrics.get("ballast.endpointslices.kept").gauge().value();
  }
}
