package dev.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Ports of an address, beside daemons of the nodes, hostPorts and NodePorts of the same number. */
@Order(13)
@DisplayName("Steering")
@Tag("feature:protocols")
@Scenarios
class SteeringIT {

  private static final String NAMESPACE = "ballast-e2e-steering";
  private static final Duration SOON = Duration.ofSeconds(30);

  /** No daemon of the nodes has it. */
  private static final int FREE = 8000;

  private static final int KUBELET = 10250;
  private static final int KUBE_PROXY = 10256;
  private static final int DATA_PLANE_ADMIN = 7474;

  @BeforeAll
  static void a_pool_two_pods_and_daemons_on_the_nodes() {
    assumeThat(Cluster.isLab()).as("nodes whose ports are free for daemons of a test").isTrue();
    TestPool.create("steering", Cluster.ADDRESSES);
    BackendPods.namespace(NAMESPACE);
    BackendPods.deploy(NAMESPACE, 2);
    NodeDaemons.deploy(NAMESPACE);
  }

  @AfterEach
  void no_service_stays() {
    Terminal.type("kubectl delete svc --all -n " + NAMESPACE);
  }

  @AfterAll
  static void remove_them() {
    if (Cluster.isLab()) {
      NodeDaemons.remove(NAMESPACE);
      BackendPods.deleteNamespace(NAMESPACE);
      TestPool.delete("steering");
    }
  }

  @Test
  @Order(1)
  @DisplayName("A port that the Service does not have is refused, although a daemon listens on it")
  void other_ports_are_refused() {
    // When
    String address = aService("one-port", FREE);

    // Then
    assertThat(List.of(22, 80, 6443, DATA_PLANE_ADMIN, KUBELET, KUBE_PROXY))
        .allSatisfy(
            port ->
                assertThat(ExternalClient.connectError(address, port))
                    .as("port %d", port)
                    .contains("Connection refused"));

    // And the daemons answer at the nodes' own addresses
    String node = nodeOf("one-port");
    assertThat(daemonAt(node, 22)).contains(NodeDaemons.ANSWER);
    assertThat(kubeletAnswersAt(node)).isTrue();
  }

  @Test
  @Order(2)
  @Tag("feature:traffic")
  @DisplayName("Source ranges cannot be bypassed through the NodePort of a Service")
  void the_node_port_is_no_way_around_source_ranges() {
    // Given
    Kubectl.apply(
        BackendPods.serviceWithPorts(NAMESPACE, "ranges", FREE)
            + "  loadBalancerSourceRanges: [203.0.113.0/24]\n");
    String address = ServiceView.awaitAddress(NAMESPACE, "ranges");
    await().atMost(SOON).until(() -> !BallastDeployment.owner(NAMESPACE, "ranges").isEmpty());
    int nodePort = nodePort("ranges");
    ExternalClient.awaitAnswer(Cluster.addressOf(nodeOf("ranges")), nodePort);

    // When
    String error = ExternalClient.connectError(address, nodePort);

    // Then
    assertThat(error).contains("Connection refused");
  }

  @Test
  @Order(3)
  @DisplayName("Ports of the nodes' daemons, the kubelet and Ballast itself are served")
  void ports_of_daemons_are_served() {
    // Given
    int[] ports = {22, 80, 6443, DATA_PLANE_ADMIN, KUBELET};

    // When
    Kubectl.apply(BackendPods.serviceWithPorts(NAMESPACE, "daemons-ports", ports));

    // Then
    String address = ServiceView.awaitAddress(NAMESPACE, "daemons-ports");
    for (int port : ports) {
      ExternalClient.awaitAnswer(address, port);
    }
    assertThat(ServiceView.of(NAMESPACE, "daemons-ports").verdict("LoadBalancerPortsError"))
        .isEqualTo("absent");

    // And the daemons keep them at the nodes' own addresses
    String node = nodeOf("daemons-ports");
    for (int port : NodeDaemons.PORTS) {
      assertThat(daemonAt(node, port)).contains(NodeDaemons.ANSWER);
    }
    assertThat(kubeletAnswersAt(node)).isTrue();
    assertThat(ExternalClient.get(metricsOf(node)).status()).isEqualTo(200);
  }

  @Test
  @Order(4)
  @DisplayName("A hostPort and another Service's NodePort of the same number do not interfere")
  void a_host_port_and_a_node_port_stay_apart() {
    // Given
    Kubectl.apply(HOST_PORT);
    Terminal.type("kubectl rollout status ds host-port --timeout=120s -n " + NAMESPACE);
    Kubectl.apply(OTHER_NODE_PORT);

    // When
    Kubectl.apply(BackendPods.serviceWithPorts(NAMESPACE, "same-numbers", 80, 30080));

    // Then
    String address = ServiceView.awaitAddress(NAMESPACE, "same-numbers");
    ExternalClient.awaitAnswer(address, 80);
    ExternalClient.awaitAnswer(address, 30080);

    // And both are reached at the nodes' own addresses
    String node = Cluster.addressOf(nodeOf("same-numbers"));
    for (int port : List.of(80, 30080)) {
      String url = "http://%s:%d/hostname".formatted(node, port);
      await()
          .atMost(SOON)
          .untilAsserted(() -> assertThat(ExternalClient.get(url).body()).startsWith("host-port-"));
    }
  }

  @Test
  @Order(5)
  @Tag("feature:faults")
  @DisplayName("A table that another program deletes is restored, and counted")
  void a_deleted_table_is_restored() {
    // Given
    String address = aService("repaired", FREE);
    String node = nodeOf("repaired");
    double repairs = BallastDeployment.metric(node, "ballast_steering_repairs_total");

    // When
    Cluster.typeOn(node, "nft delete table inet ballast");

    // Then: within a second, and one more for a machine that is busy
    await()
        .atMost(Duration.ofSeconds(2))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> NodeLeftovers.tables().contains(node + " table inet ballast"));
    ExternalClient.awaitAnswer(address, FREE);
    assertThat(ExternalClient.isRefused(address, 22)).isTrue();
    BallastDeployment.awaitMetric(node, "ballast_steering_repairs_total", repairs + 1);
  }

  @Test
  @Order(6)
  @Tag("feature:faults")
  @DisplayName("A kubelet that restarts gets its port back, although a Service has that port too")
  void a_restarted_kubelet_gets_its_port() {
    // Given
    Kubectl.apply(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: kubelets-port, namespace: %s}
        spec:
          type: LoadBalancer
          ports: [{name: kubelet, port: %d}]
        """
            .formatted(NAMESPACE, KUBELET));
    ServiceView.awaitAddress(NAMESPACE, "kubelets-port");
    await()
        .atMost(SOON)
        .until(() -> !BallastDeployment.owner(NAMESPACE, "kubelets-port").isEmpty());
    String node = nodeOf("kubelets-port");
    String kubelet = pidOfKubelet(node);

    // When
    Cluster.typeOn(node, "kill " + kubelet);

    // Then
    await().atMost(SOON).until(() -> !List.of("", kubelet).contains(pidOfKubelet(node)));
    await().atMost(SOON).until(() -> kubeletAnswersAt(node));
    String restarted = pidOfKubelet(node);
    await()
        .during(Duration.ofSeconds(5))
        .atMost(Duration.ofSeconds(10))
        .until(() -> kubeletAnswersAt(node) && pidOfKubelet(node).equals(restarted));
    assertThat(
            Kubectl.elements(Kubectl.get("node " + node).at("/status/conditions")).stream()
                .filter(it -> it.path("type").asText().equals("Ready"))
                .map(it -> it.path("status").asText()))
        .containsExactly("True");
  }

  private static String aService(String name, int port) {
    Kubectl.apply(BackendPods.serviceWithPorts(NAMESPACE, name, port));
    String address = ServiceView.awaitAddress(NAMESPACE, name);
    ExternalClient.awaitAnswer(address, port);
    return address;
  }

  private static String nodeOf(String service) {
    return BallastDeployment.owner(NAMESPACE, service);
  }

  private static int nodePort(String service) {
    return Kubectl.get("service %s -n %s".formatted(service, NAMESPACE))
        .at("/spec/ports/0/nodePort")
        .asInt();
  }

  private static String daemonAt(String node, int port) {
    return ExternalClient.get("http://%s:%d/".formatted(Cluster.addressOf(node), port)).body();
  }

  private static String metricsOf(String node) {
    return "http://%s:%d/metrics".formatted(Cluster.addressOf(node), DATA_PLANE_ADMIN);
  }

  /** Without TLS, the kubelet says that it wants TLS. */
  private static boolean kubeletAnswersAt(String node) {
    return ExternalClient.get("http://%s:%d/".formatted(Cluster.addressOf(node), KUBELET)).status()
        == 400;
  }

  private static String pidOfKubelet(String node) {
    return Terminal.run(Cluster.onNode(node, "pidof kubelet").orElseThrow()).out().strip();
  }

  private static final String HOST_PORT =
      """
      apiVersion: apps/v1
      kind: DaemonSet
      metadata: {name: host-port, namespace: %s}
      spec:
        selector: {matchLabels: {app: host-port}}
        template:
          metadata: {labels: {app: host-port}}
          spec:
            terminationGracePeriodSeconds: 1
            tolerations: [{operator: Exists}]
            containers:
              - name: host-port
                image: registry.k8s.io/e2e-test-images/agnhost:2.56
                command: [/agnhost, netexec, --http-port=8080, --udp-port=-1]
                ports: [{containerPort: 8080, hostPort: 80}]
                readinessProbe:
                  httpGet: {path: /hostname, port: 8080}
                  periodSeconds: 1
      """
          .formatted(NAMESPACE);

  private static final String OTHER_NODE_PORT =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: other, namespace: %s}
      spec:
        type: NodePort
        selector: {app: host-port}
        ports: [{name: http, port: 80, targetPort: 8080, nodePort: 30080}]
      """
          .formatted(NAMESPACE);
}
