package dev.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Mistakes of users, and the messages that explain them. */
@Order(3)
@DisplayName("Bad input")
@Scenarios
class BadInputIT {

  private static final String NAMESPACE = "ballast-e2e-input";
  private static final String ALLOCATED = "ballast.dev/Allocated";
  private static final int TAKEN = 18081;

  @BeforeAll
  static void one_pod() {
    BackendPods.namespace(NAMESPACE);
    BackendPods.deploy(NAMESPACE, 1);
  }

  @AfterEach
  void remove_services_and_pool() {
    Terminal.type("kubectl delete svc --all -n " + NAMESPACE);
    TestPool.delete("input");
  }

  @AfterAll
  static void remove_the_rest() {
    BackendPods.deleteNamespace(NAMESPACE);
  }

  @Test
  @DisplayName(
      "Without a pool a Service stays pending, an Event says what to do, and a new pool resolves it")
  void without_a_pool() {
    // When
    Kubectl.apply(BackendPods.service(NAMESPACE, "early"));

    // Then
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> assertThat(view("early").verdict(ALLOCATED)).isEqualTo("False NoPool"));
    assertThat(view("early").message(ALLOCATED)).contains("AddressPool");
    assertThat(view("early").address()).isEmpty();
    awaitEvent("early", "Warning", "NoPool");
    Terminal.type("kubectl describe svc early -n " + NAMESPACE);

    // And
    TestPool.create("input", Cluster.ADDRESSES);
    String address = ServiceView.awaitAddress(NAMESPACE, "early");
    assertThat(view("early").verdict(ALLOCATED)).isEqualTo("True AddressAssigned");
    awaitEvent("early", "Normal", "Announced");
    ExternalClient.awaitAnswer(address, 80);
  }

  @Test
  @DisplayName("A Service stays pending while the pool is exhausted, until an address is released")
  void an_exhausted_pool() {
    // Given
    TestPool.create("input", Cluster.ADDRESSES.part(10, 2));
    Kubectl.apply(BackendPods.service(NAMESPACE, "first"));
    Kubectl.apply(BackendPods.service(NAMESPACE, "second"));
    String first = ServiceView.awaitAddress(NAMESPACE, "first");
    String second = ServiceView.awaitAddress(NAMESPACE, "second");
    assertThat(first).isNotEqualTo(second);

    // When
    Kubectl.apply(BackendPods.service(NAMESPACE, "third"));

    // Then
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> assertThat(view("third").verdict(ALLOCATED)).isEqualTo("False PoolExhausted"));
    assertThat(view("third").message(ALLOCATED)).contains("input");
    awaitEvent("third", "Warning", "PoolExhausted");

    // And
    Terminal.type("kubectl delete svc first -n " + NAMESPACE);
    assertThat(ServiceView.awaitAddress(NAMESPACE, "third")).isEqualTo(first);
    assertThat(view("second").address()).contains(second);
    ExternalClient.awaitAnswer(first, 80);
  }

  @ParameterizedTest(name = "The API server rejects a pool with {0}, and names {1}")
  @CsvSource({
    "a CIDR of a wrong length, 192.0.2.0/33",
    "an octet too large, 192.0.2.256",
    "a word for an address, pool.example.com",
    "a reversed range, 192.0.2.9-192.0.2.1",
    "a range from IPv4 to IPv6, 192.0.2.1-2001:db8::1",
  })
  void a_malformed_pool_is_refused(String what, String entry) {
    // When
    String refusal = Kubectl.applyInVain(TestPool.manifest("input", "198.51.100.0/28", entry));

    // Then
    assertThat(refusal).as(what).contains(entry);
    assertThat(Kubectl.get("addresspool input").isMissingNode()).isTrue();
  }

  @Test
  @DisplayName("The API server rejects a pool whose entries overlap, and names them")
  void an_overlap_inside_a_pool_is_refused() {
    // When
    String refusal =
        Kubectl.applyInVain(TestPool.manifest("input", "192.0.2.0/28", "192.0.2.14-192.0.2.20"));

    // Then
    assertThat(refusal).contains("overlap").contains("192.0.2.14-192.0.2.20");
  }

  @Test
  @Tag("feature:status")
  @DisplayName("A port that a process of every node listens on answers, and reports no error")
  void a_port_taken_on_the_node() {
    // Given
    TestPool.create("input", Cluster.ADDRESSES);
    takePortOnEveryNode();

    // When
    Kubectl.apply(BackendPods.service(NAMESPACE, "partly", TAKEN));

    // Then
    String address = ServiceView.awaitAddress(NAMESPACE, "partly");
    ExternalClient.awaitAnswer(address, 80);
    ExternalClient.awaitAnswer(address, TAKEN);
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> assertThat(view("partly").verdict("ballast.dev/Announced")).startsWith("True"));
    // The status lists ports only where one has an error.
    assertThat(view("partly").ports()).isEmpty();
    assertThat(view("partly").verdict("LoadBalancerPortsError")).doesNotStartWith("True");
  }

  @Test
  @Tag("feature:lifecycle")
  @DisplayName("A Service that is deleted while pending leaves nothing behind")
  void a_service_deleted_while_pending() {
    // Given
    Kubectl.apply(BackendPods.service(NAMESPACE, "pending"));
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> view("pending").verdict(ALLOCATED).equals("False NoPool"));

    // When
    Terminal.type("kubectl delete svc pending --timeout=20s -n " + NAMESPACE);

    // Then
    assertThat(view("pending").exists()).isFalse();
    assertThat(Kubectl.names("loadbalancers.ballast.dev -n " + NAMESPACE)).isEmpty();
    assertThat(Kubectl.names("addresses.ballast.dev")).noneMatch(Cluster.ADDRESSES::contains);
  }

  @Test
  @Tag("feature:address")
  @DisplayName("A LoadBalancer that a person writes does not take an address")
  void an_address_that_is_not_granted() {
    // Given
    Kubectl.apply(BackendPods.service(NAMESPACE, "granted"));
    TestPool.create("input", Cluster.ADDRESSES.part(10, 2));
    String granted = ServiceView.awaitAddress(NAMESPACE, "granted");
    String wanted =
        Stream.of(10, 11)
            .map(skip -> Ipv4Range.text(Cluster.ADDRESSES.part(skip, 1).first()))
            .filter(address -> !address.equals(granted))
            .findFirst()
            .orElseThrow();

    // When
    Kubectl.apply(
        """
        apiVersion: ballast.dev/v1alpha1
        kind: LoadBalancer
        metadata: {name: thief, namespace: %s}
        spec:
          addresses: ["%s"]
          frontends: [{name: port-80, port: 80, protocol: TCP}]
        """
            .formatted(NAMESPACE, wanted));

    // Then
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(reasonOf("thief")).isEqualTo("AddressNotGranted"));
    assertThat(ExternalClient.connectError(wanted, 80)).isNotEmpty();
    ExternalClient.awaitAnswer(granted, 80);
    Terminal.type("kubectl delete loadbalancer.ballast.dev thief -n " + NAMESPACE);
  }

  private static String reasonOf(String loadBalancer) {
    return Kubectl.get("loadbalancers.ballast.dev %s -n %s".formatted(loadBalancer, NAMESPACE))
        .at("/status/nodes/0/notAnnounced/0/reason")
        .asText();
  }

  private static ServiceView view(String service) {
    return ServiceView.of(NAMESPACE, service);
  }

  private static void awaitEvent(String service, String type, String reason) {
    await()
        .alias("an Event " + reason + " on " + service)
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(events(service)).contains(type + " " + reason));
  }

  private static List<String> events(String service) {
    return Kubectl.list("events.v1.events.k8s.io -n " + NAMESPACE).stream()
        .filter(event -> event.at("/regarding/kind").asText().equals("Service"))
        .filter(event -> event.at("/regarding/name").asText().equals(service))
        .map(event -> event.path("type").asText() + " " + event.path("reason").asText())
        .toList();
  }

  private static void takePortOnEveryNode() {
    Kubectl.apply(
        """
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: {name: port-taker, namespace: %s}
        spec:
          selector: {matchLabels: {app: port-taker}}
          template:
            metadata: {labels: {app: port-taker}}
            spec:
              hostNetwork: true
              terminationGracePeriodSeconds: 0
              tolerations: [{operator: Exists}]
              containers:
                - name: listener
                  image: registry.k8s.io/e2e-test-images/agnhost:2.56
                  args: [netexec, --http-port=%2$d, --udp-port=-1]
                  readinessProbe: {tcpSocket: {port: %2$d}, periodSeconds: 1}
        """
            .formatted(NAMESPACE, TAKEN));
    Terminal.type("kubectl rollout status daemonset port-taker --timeout=120s -n " + NAMESPACE);
  }
}
