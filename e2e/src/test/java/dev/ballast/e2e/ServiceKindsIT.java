package dev.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Service types and selectors, and what the tutorial promises beside its steps. */
@Order(2)
@DisplayName("Service types")
@Scenarios
class ServiceKindsIT {

  private static final String NAMESPACE = "ballast-e2e-kinds";

  @BeforeAll
  static void a_pool_and_three_pods() {
    TestPool.create("kinds", Cluster.ADDRESSES);
    BackendPods.namespace(NAMESPACE);
    BackendPods.deploy(NAMESPACE, 3);
  }

  @AfterAll
  static void remove_them() {
    BackendPods.deleteNamespace(NAMESPACE);
    TestPool.delete("kinds");
  }

  @Test
  @Order(1)
  @DisplayName("A headless Service stays DNS only")
  void a_headless_service_stays_dns_only() {
    // When
    Kubectl.apply(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: headless, namespace: %s}
        spec:
          clusterIP: None
          selector: {app: echo}
          ports: [{port: 8080}]
        """
            .formatted(NAMESPACE));

    // Then: a Service made after it has its address, so Ballast has seen the headless one as well
    Kubectl.apply(BackendPods.service(NAMESPACE, "after-headless"));
    ServiceView.awaitAddress(NAMESPACE, "after-headless");
    ServiceView headless = ServiceView.of(NAMESPACE, "headless");
    assertThat(headless.address()).isEmpty();
    assertThat(headless.hasFinalizer()).isFalse();
    assertThat(Kubectl.names("loadbalancers.ballast.dev -n " + NAMESPACE))
        .containsExactly(NAMESPACE + "/after-headless");
  }

  @Test
  @Tag("feature:traffic")
  @Order(2)
  @DisplayName("A Service without selector answers from the EndpointSlice written for it")
  void a_service_without_selector_answers_from_its_endpoint_slice() {
    // Given
    String pod =
        Kubectl.list("pods -l app=echo -n " + NAMESPACE).getFirst().at("/status/podIP").asText();

    // When
    Kubectl.apply(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: by-hand, namespace: %1$s}
        spec:
          type: LoadBalancer
          ports: [{name: http, port: 80}]
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata:
          name: by-hand-1
          namespace: %1$s
          labels: {kubernetes.io/service-name: by-hand}
        addressType: IPv4
        endpoints: [{addresses: [%2$s]}]
        ports: [{name: http, port: 8080, protocol: TCP}]
        """
            .formatted(NAMESPACE, pod));

    // Then
    String address = ServiceView.awaitAddress(NAMESPACE, "by-hand");
    await()
        .untilAsserted(
            () ->
                assertThat(ExternalClient.get("http://%s/hostname".formatted(address)).body())
                    .startsWith("echo-"));
  }

  @Test
  @Tag("feature:endpoints")
  @Order(3)
  @DisplayName("A Pod that becomes unready gets no new connections and keeps its open one")
  void an_unready_pod_keeps_its_connection_and_gets_no_new_one() {
    // Given
    Kubectl.apply(BackendPods.service(NAMESPACE, "readiness"));
    String address = ServiceView.awaitAddress(NAMESPACE, "readiness");
    await().until(() -> ExternalClient.whoAnswers(address, 9).size() == 3);
    try (BackgroundCommand connection = ExternalClient.connect(address, 80)) {
      connection.send(request(address));
      String pod = await().until(() -> lastBody(connection, 1), body -> body.startsWith("echo-"));

      // When
      Terminal.type("kubectl exec %s -n %s -- rm /tmp/ready".formatted(pod, NAMESPACE));

      // Then
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () ->
                  assertThat(ExternalClient.whoAnswers(address, 9)).hasSize(2).doesNotContain(pod));
      connection.send(request(address));
      assertThat(await().until(() -> lastBody(connection, 2), body -> !body.isEmpty()))
          .isEqualTo(pod);

      // And back again when it is ready again
      Terminal.type("kubectl exec %s -n %s -- touch /tmp/ready".formatted(pod, NAMESPACE));
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> assertThat(ExternalClient.whoAnswers(address, 9)).hasSize(3));
    }
  }

  @Test
  @Tag("feature:lifecycle")
  @Order(4)
  @DisplayName("A Service of another class is never touched")
  void a_service_of_another_class_is_never_touched() {
    // When
    Kubectl.apply(
        BackendPods.service(NAMESPACE, "foreign") + "  loadBalancerClass: example.com/other\n");
    Kubectl.apply(BackendPods.service(NAMESPACE, "after-foreign"));

    // Then
    ServiceView.awaitAddress(NAMESPACE, "after-foreign");
    ServiceView foreign = ServiceView.of(NAMESPACE, "foreign");
    assertThat(foreign.service().at("/status/loadBalancer")).isEmpty();
    assertThat(foreign.service().at("/status/conditions")).isEmpty();
    assertThat(foreign.hasFinalizer()).isFalse();
    assertThat(Kubectl.names("loadbalancers.ballast.dev -n " + NAMESPACE))
        .doesNotContain(NAMESPACE + "/foreign");
  }

  @Test
  @Tag("feature:lifecycle")
  @Order(5)
  @DisplayName(
      "A change from LoadBalancer to ClusterIP releases everything; a change back allocates again")
  void a_type_changed_away_and_back() {
    // Given
    Kubectl.apply(BackendPods.service(NAMESPACE, "changing"));
    ServiceView.awaitAddress(NAMESPACE, "changing");

    // When
    patchType("ClusterIP");

    // Then
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> {
              ServiceView service = ServiceView.of(NAMESPACE, "changing");
              assertThat(service.address()).isEmpty();
              assertThat(service.hasFinalizer()).isFalse();
              assertThat(service.verdict("ballast.dev/Allocated")).isEqualTo("absent");
              assertThat(Kubectl.names("loadbalancers.ballast.dev -n " + NAMESPACE))
                  .doesNotContain(NAMESPACE + "/changing");
              assertThat(claimants()).doesNotContain("changing");
            });

    // And
    patchType("LoadBalancer");
    String address = ServiceView.awaitAddress(NAMESPACE, "changing");
    await()
        .untilAsserted(
            () ->
                assertThat(ExternalClient.get("http://%s/hostname".formatted(address)).status())
                    .isEqualTo(200));
  }

  @Test
  @Tag("feature:endpoints")
  @Order(6)
  @DisplayName(
      "A Service that is created before its Pods gets an address, which answers once a Pod is ready")
  void a_service_that_comes_before_its_pods() {
    // When
    Kubectl.apply(
        BackendPods.service(NAMESPACE, "early").replace("{app: echo}", "{app: echo, late: 'yes'}"));

    // Then
    String address = ServiceView.awaitAddress(NAMESPACE, "early");
    assertThat(ExternalClient.get("http://%s/hostname".formatted(address)).status())
        .isNotEqualTo(200);

    // And
    Terminal.type("kubectl label pods -l app=echo late=yes -n " + NAMESPACE);
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(ExternalClient.whoAnswers(address, 9)).hasSize(3));
  }

  private static void patchType(String type) {
    Terminal.type(
        "kubectl patch svc changing -n %s -p '{\"spec\":{\"type\":\"%s\"}}'"
            .formatted(NAMESPACE, type));
  }

  private static Set<String> claimants() {
    return Kubectl.list("addresses.ballast.dev").stream()
        .map(address -> address.at("/spec/claims/0/name").asText())
        .collect(Collectors.toSet());
  }

  private static String request(String host) {
    return "GET /hostname HTTP/1.1\r\nHost: %s\r\n\r\n".formatted(host);
  }

  /** The body of the last answer on an open connection once that many have come whole. */
  private static String lastBody(BackgroundCommand connection, int answers) {
    String[] heads = connection.text().split("HTTP/1\\.1 200 OK", -1);
    if (heads.length != answers + 1) {
      return "";
    }
    String[] headAndBody = heads[answers].split("\r\n\r\n", 2);
    return headAndBody.length == 2 ? headAndBody[1] : "";
  }
}
