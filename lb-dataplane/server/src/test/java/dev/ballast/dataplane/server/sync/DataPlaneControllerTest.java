package dev.ballast.dataplane.server.sync;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.api.v1alpha1.LoadBalancerStatus;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.apiclient.DataPlaneApiClient;
import dev.ballast.dataplane.server.announce.Announcer;
import dev.ballast.dataplane.server.cluster.ApiConnectionForwarder;
import dev.ballast.dataplane.server.cluster.NodeSettings;
import dev.ballast.dataplane.server.cluster.TestApiServer;
import dev.ballast.dataplane.server.cluster.TestObjects;
import dev.ballast.dataplane.server.hotrestart.NodeLock;
import dev.ballast.dataplane.server.relay.backend.BackendHealthStatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Replaceable;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** From a LoadBalancer to its report, with a real API server. */
@ExtendWith(TestApiServer.class)
class DataPlaneControllerTest {

  private static final NodeSettings ALONE =
      new NodeSettings("n1", new NodeSettings.Membership.StaticMembership(Set.of("n1")));

  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private final FakeRelayControl relay = new FakeRelayControl(new CopyOnWriteArrayList<>());
  private final RecordingRole role = new RecordingRole();
  private final List<DataPlaneController> dataPlaneControllers = new ArrayList<>();
  private TestApiServer.Api apiServer;
  private KubernetesClient api;
  private String namespace;

  @BeforeEach
  void prepare(TestApiServer.Api apiServer) {
    this.apiServer = apiServer;
    api = apiServer.client();
    namespace = apiServer.namespace();
  }

  @AfterEach
  void close() {
    dataPlaneControllers.forEach(DataPlaneController::close);
    api.resources(LoadBalancer.class).inNamespace(namespace).delete();
    api.resources(Address.class).delete();
  }

  @Test
  void a_load_balancer_is_served_and_reported() {
    // Given
    startController(ALONE, apiServer.config());
    createSlice("web", "10.0.0.1");

    // When
    create("web", "198.18.100.7");

    // Then
    await()
        .untilAsserted(
            () -> {
              NodeReport report = reportOf("web");
              assertThat(report.name()).isEqualTo("n1");
              assertThat(report.observedGeneration()).isEqualTo(1);
              assertThat(report.announcing()).containsExactly("198.18.100.7");
              assertThat(report.frontends()).allMatch(frontend -> frontend.listening());
              assertThat(report.healthyBackends()).isEqualTo("1/1");
              assertThat(conditions("web"))
                  .containsExactlyInAnyOrder(
                      "Allocated=True AddressAssigned",
                      "Programmed=True Listening",
                      "Announced=True AddressAnnounced",
                      "Healthy=True BackendsHealthy",
                      "Reachable=Unknown NoPeer");
            });
  }

  @Test
  void a_deleted_load_balancer_loses_its_report_and_the_field_manager() {
    // Given
    startController(ALONE, apiServer.config());
    createSlice("web", "10.0.0.1");
    create("web", "198.18.100.7");
    await().untilAsserted(() -> assertThat(reportOf("web")).isNotNull());
    edit("web", object -> object.getMetadata().setFinalizers(List.of("ballast.dev/release")));

    // When
    api.resources(LoadBalancer.class).inNamespace(namespace).withName("web").delete();

    // Then
    await()
        .untilAsserted(
            () -> {
              LoadBalancer object = get("web");
              assertThat(object.getMetadata().getDeletionTimestamp()).isNotNull();
              assertThat(status(object).nodes()).isEmpty();
              assertThat(status(object).conditions()).isEmpty();
              assertThat(object.getMetadata().getManagedFields())
                  .extracting(ManagedFieldsEntry::getManager)
                  .doesNotContain("ballast-dataplane-n1");
            });
    edit("web", object -> object.getMetadata().setFinalizers(List.of()));
  }

  @Test
  void a_new_owner_removes_the_report_of_a_former_member() {
    // Given
    createSlice("web", "10.0.0.1");
    create("web", "198.18.100.7");
    applyReportOf("n9");

    // When
    startController(ALONE, apiServer.config());

    // Then
    await()
        .untilAsserted(
            () -> {
              assertThat(status(get("web")).nodes())
                  .extracting(NodeReport::name)
                  .containsExactly("n1");
              assertThat(conditions("web")).contains("Announced=True AddressAnnounced");
            });
  }

  @Test
  void a_load_balancer_without_an_address_is_served_when_the_address_is_bound() {
    // Given
    startController(ALONE, apiServer.config());
    createSlice("web", "10.0.0.1");
    bind("198.18.100.7", "other");
    createUnbound("web", "198.18.100.7");
    await()
        .untilAsserted(
            () ->
                assertThat(conditions("web")).containsExactly("Announced=False AddressNotGranted"));
    assertThat(relay.served()).isEmpty();

    // When
    bind("198.18.100.7", "other", "web");

    // Then
    await()
        .untilAsserted(
            () -> assertThat(conditions("web")).contains("Announced=True AddressAnnounced"));
  }

  @Test
  void a_load_balancer_is_no_longer_served_when_its_address_is_bound_to_another_service() {
    // Given
    startController(ALONE, apiServer.config());
    createSlice("web", "10.0.0.1");
    create("web", "198.18.100.7");
    await().untilAsserted(() -> assertThat(reportOf("web").announcing()).isNotEmpty());

    // When
    bind("198.18.100.7", "other");

    // Then
    await().until(() -> relay.served().isEmpty());
    await()
        .untilAsserted(
            () ->
                assertThat(conditions("web")).containsExactly("Announced=False AddressNotGranted"));
  }

  @Test
  void a_service_is_served_all_the_time_when_its_address_is_deleted_and_created_again() {
    // Given
    startController(ALONE, apiServer.config());
    createSlice("web", "10.0.0.1");
    create("web", "198.18.100.7");
    await().untilAsserted(() -> assertThat(reportOf("web").announcing()).isNotEmpty());

    // When
    api.resources(Address.class).withName("198.18.100.7").delete();
    await().during(ofSeconds(1)).until(() -> relay.served().size() == 1);
    bind("198.18.100.7", "web");

    // Then
    await().during(ofSeconds(1)).until(() -> relay.served().size() == 1);
  }

  @Test
  void a_removed_report_is_written_again() {
    // Given
    startController(ALONE, apiServer.config());
    createSlice("web", "10.0.0.1");
    create("web", "198.18.100.7");
    await().untilAsserted(() -> assertThat(reportOf("web")).isNotNull());

    // When
    removeReportOf("n1");

    // Then
    await().untilAsserted(() -> assertThat(reportOf("web")).isNotNull());
    assertThat(conditions("web")).hasSize(5);
  }

  @Test
  void a_new_load_balancer_with_an_old_name_is_served_from_scratch() {
    // Given
    startController(ALONE, apiServer.config());
    createSlice("web", "10.0.0.1");
    create("web", "198.18.100.7");
    await().untilAsserted(() -> assertThat(reportOf("web")).isNotNull());
    api.resources(LoadBalancer.class).inNamespace(namespace).withName("web").delete();

    // When
    create("web", "198.18.100.8");

    // Then
    await()
        .untilAsserted(
            () -> assertThat(reportOf("web").announcing()).containsExactly("198.18.100.8"));
  }

  @Test
  void a_change_of_health_is_reported_and_keeps_the_transition_time_of_other_conditions() {
    // Given
    DataPlaneController dataPlaneController = startController(ALONE, apiServer.config());
    createSlice("web", "10.0.0.1");
    create("web", "198.18.100.7");
    await().untilAsserted(() -> assertThat(reportOf("web").healthyBackends()).isEqualTo("1/1"));
    String since = condition("web", "Programmed").getLastTransitionTime();

    // When
    relay.backends = BackendHealthStatus.UNHEALTHY;
    dataPlaneController.reconcileAll();

    // Then
    await().untilAsserted(() -> assertThat(reportOf("web").healthyBackends()).isEqualTo("0/1"));
    assertThat(conditions("web")).contains("Healthy=False AllUnhealthy");
    assertThat(condition("web", "Programmed").getLastTransitionTime()).isEqualTo(since);
  }

  @Test
  void serving_continues_without_the_api_server_and_catches_up_afterwards() throws Exception {
    // Given
    URI url = URI.create(apiServer.config().getMasterUrl());
    try (ApiConnectionForwarder apiConnectionForwarder =
        new ApiConnectionForwarder(new InetSocketAddress(url.getHost(), url.getPort()))) {
      DataPlaneController dataPlaneController =
          startController(
              ALONE,
              new ConfigBuilder(apiServer.config())
                  .withMasterUrl("https://127.0.0.1:" + apiConnectionForwarder.port())
                  .build());
      createSlice("web", "10.0.0.1");
      create("web", "198.18.100.7");
      await().untilAsserted(() -> assertThat(reportOf("web")).isNotNull());

      // When
      apiConnectionForwarder.cut();
      createSlice("late", "10.0.0.2");
      create("late", "198.18.100.8");
      relay.backends = BackendHealthStatus.UNHEALTHY;
      dataPlaneController.reconcileAll();

      // Then
      await().during(ofSeconds(1)).until(() -> relay.served().size() == 1);
      assertThat(dataPlaneController.ready()).isTrue();
      assertThat(dataPlaneController.alive()).isTrue();
      apiConnectionForwarder.restore();
      await()
          .atMost(ofSeconds(30))
          .untilAsserted(
              () -> {
                assertThat(reportOf("late").healthyBackends()).isEqualTo("0/1");
                assertThat(reportOf("web").healthyBackends()).isEqualTo("0/1");
              });
    }
  }

  @Test
  void a_node_whose_pod_is_not_ready_owns_no_address() {
    // Given
    String selector = "app.kubernetes.io/component=dataplane";
    startController(
        new NodeSettings(
            "n1", new NodeSettings.Membership.PodMembership(namespace, selector, Optional.empty())),
        apiServer.config());
    createSlice("web", "10.0.0.1");
    create("web", "198.18.100.7");
    Pod pod = api.resource(pod("dataplane-n1", "n1")).create();
    await().during(ofSeconds(1)).until(() -> relay.served().isEmpty());

    // When
    api.resource(pod).editStatus(DataPlaneControllerTest::ready);

    // Then
    await().untilAsserted(() -> assertThat(reportOf("web").announcing()).isNotEmpty());
    assertThat(role.calls).doesNotContain("terminating");
  }

  @Test
  void a_terminating_pod_makes_its_node_leave_without_closing_listeners() {
    // Given
    String selector = "app.kubernetes.io/component=dataplane";
    createSlice("web", "10.0.0.1");
    create("web", "198.18.100.7");
    Pod pod = api.resource(pod("dataplane-n1", "n1")).create();
    api.resource(pod).editStatus(DataPlaneControllerTest::ready);
    startController(
        new NodeSettings(
            "n1", new NodeSettings.Membership.PodMembership(namespace, selector, Optional.empty())),
        apiServer.config());
    await().untilAsserted(() -> assertThat(reportOf("web")).isNotNull());

    // When
    api.pods().inNamespace(namespace).withName("dataplane-n1").withGracePeriod(30).delete();

    // Then
    await().until(() -> role.calls.contains("terminating"));
    assertThat(relay.served()).hasSize(1);
    assertThat(reportOf("web")).isNotNull();
  }

  private DataPlaneController startController(NodeSettings settings, Config config) {
    var dataPlaneController =
        new DataPlaneController(
            DataPlaneApiClient.create(config),
            settings,
            relay,
            Announcer.noop(),
            metrics,
            NodeLock.unshared(),
            NodeChecks.none(),
            role);
    dataPlaneControllers.add(dataPlaneController);
    dataPlaneController.startThread();
    await().atMost(ofSeconds(20)).until(dataPlaneController::ready);
    return dataPlaneController;
  }

  private void create(String name, String address) {
    bind(address, name);
    createUnbound(name, address);
  }

  private void createUnbound(String name, String address) {
    LoadBalancer object = TestObjects.loadBalancer(namespace, name, address);
    object.getMetadata().setUid(null);
    object.getMetadata().setResourceVersion(null);
    api.resource(object).create();
  }

  private void bind(String address, String... services) {
    api.resource(TestObjects.address(address, namespace, services)).createOr(Replaceable::update);
  }

  private void createSlice(String service, String address) {
    var slice = TestObjects.slice(namespace, service, service + "-1", address);
    slice.getMetadata().setResourceVersion(null);
    api.resource(slice).create();
  }

  private Pod pod(String name, String node) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(name)
        .addToLabels("app.kubernetes.io/component", "dataplane")
        .endMetadata()
        .withNewSpec()
        .withNodeName(node)
        .addNewContainer()
        .withName("dataplane")
        .withImage("ballast")
        .endContainer()
        .endSpec()
        .build();
  }

  private static Pod ready(Pod pod) {
    return pod.edit()
        .editOrNewStatus()
        .addNewCondition()
        .withType("Ready")
        .withStatus("True")
        .endCondition()
        .endStatus()
        .build();
  }

  private LoadBalancer get(String name) {
    return api.resources(LoadBalancer.class).inNamespace(namespace).withName(name).get();
  }

  private void edit(String name, java.util.function.Consumer<LoadBalancer> change) {
    api.resources(LoadBalancer.class)
        .inNamespace(namespace)
        .withName(name)
        .edit(
            object -> {
              change.accept(object);
              return object;
            });
  }

  private static LoadBalancerStatus status(LoadBalancer object) {
    LoadBalancerStatus status = object.getStatus();
    return status == null ? new LoadBalancerStatus(List.of(), List.of()) : status;
  }

  private NodeReport reportOf(String name) {
    return status(get(name)).nodes().stream()
        .filter(report -> report.name().equals("n1"))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no report of n1"));
  }

  private Condition condition(String name, String type) {
    return status(get(name)).conditions().stream()
        .filter(condition -> condition.getType().equals(type))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no condition " + type));
  }

  private List<String> conditions(String name) {
    return status(get(name)).conditions().stream()
        .map(c -> c.getType() + "=" + c.getStatus() + " " + c.getReason())
        .toList();
  }

  private void applyReportOf(String node) {
    patchStatus(
        node,
        """
        , "status": {"nodes": [{"name": "%s", "announcing": ["198.18.100.7"]}],
         "conditions": [{"type": "Announced", "status": "True", "reason": "AddressAnnounced",
                         "message": "node %s", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}
        """
            .formatted(node, node));
  }

  private void removeReportOf(String node) {
    patchStatus(node, "");
  }

  private void patchStatus(String node, String status) {
    LoadBalancer target = TestObjects.loadBalancer(namespace, "web");
    api.resource(target)
        .subresource("status")
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager("ballast-dataplane-" + node)
                .withForce(true)
                .build(),
            """
            {"apiVersion": "ballast.dev/v1alpha1", "kind": "LoadBalancer",
             "metadata": {"name": "web", "namespace": "%s"} %s}
            """
                .formatted(namespace, status));
  }
}
