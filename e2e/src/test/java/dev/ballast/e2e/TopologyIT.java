package dev.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Topology-aware routing, with one Pod on every node. */
@Order(10)
@DisplayName("Topology")
@Scenarios
class TopologyIT {

  private static final String NAMESPACE = "ballast-e2e-nearness";
  private static final String ZONE = "topology.kubernetes.io/zone";
  private static final Duration SOON = Duration.ofSeconds(30);

  /** Enough that one of a few Pods that takes part is not missed. */
  private static final int MANY = 20;

  @BeforeAll
  static void a_pool_and_a_pod_on_every_node() {
    TestPool.create("nearness", Cluster.ADDRESSES);
    BackendPods.namespace(NAMESPACE);
    Kubectl.apply(onEveryNode("echo", "", "8080"));
    Kubectl.apply(onEveryNode("on-host", "hostNetwork: true", "18099"));
    for (String app : List.of("echo", "on-host")) {
      Terminal.type(
          "kubectl rollout status daemonset %s --timeout=120s -n %s".formatted(app, NAMESPACE));
    }
  }

  @AfterAll
  static void remove_them() {
    BackendPods.deleteNamespace(NAMESPACE);
    TestPool.delete("nearness");
  }

  @Test
  @Tag("feature:traffic")
  @DisplayName("trafficDistribution PreferClose selects Pods in the announcing node's zone")
  void prefer_close_leads_to_the_pods_of_the_zone() {
    // Given
    List<String> nodes = Cluster.nodes();
    assumeThat(nodes).as("nodes to put into two zones").hasSizeGreaterThan(2);
    assumeThat(zones()).as("zones that this cluster has already").isEmpty();
    String address = aService("close");
    String owner = BallastDeployment.owner(NAMESPACE, "close");
    String neighbour = nodes.stream().filter(it -> !it.equals(owner)).findFirst().orElseThrow();
    Map<String, String> pods = podsByNode();
    await()
        .atMost(SOON)
        .until(() -> ExternalClient.whoAnswers(address, MANY).size() == pods.size());
    try {
      nodes.forEach(
          node ->
              Terminal.type(
                  "kubectl label node %s %s=%s"
                      .formatted(
                          node, ZONE, Set.of(owner, neighbour).contains(node) ? "near" : "far")));

      // When
      patchSpec("close", "{\"trafficDistribution\":\"PreferClose\"}");

      // Then
      awaitAnswers(address, Set.of(pods.get(owner), pods.get(neighbour)));

      // And all of them again once it is not asked for
      patchSpec("close", "{\"trafficDistribution\":null}");
      awaitAnswers(address, Set.copyOf(pods.values()));
    } finally {
      nodes.forEach(node -> Terminal.quietly("kubectl label node %s %s-".formatted(node, ZONE)));
    }
  }

  @Test
  @Tag("feature:traffic")
  @DisplayName(
      "PreferSameNode selects the announcing node's own Pod, and others when it is unready")
  void prefer_same_node_leads_to_the_nodes_own_pod() {
    // Given
    assumeThat(Cluster.nodes()).as("nodes to choose among").hasSizeGreaterThan(1);
    assumeThat(serverMinor()).as("minor version that knows PreferSameNode").isGreaterThan(33);
    String address = aService("same-node");
    Map<String, String> pods = podsByNode();
    String own = pods.get(BallastDeployment.owner(NAMESPACE, "same-node"));
    await()
        .atMost(SOON)
        .until(() -> ExternalClient.whoAnswers(address, MANY).size() == pods.size());

    // When
    patchSpec("same-node", "{\"trafficDistribution\":\"PreferSameNode\"}");

    // Then
    awaitAnswers(address, Set.of(own));

    // And the others while it is not ready
    Terminal.type("kubectl exec %s -n %s -- rm /tmp/ready".formatted(own, NAMESPACE));
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(ExternalClient.whoAnswers(address, MANY))
                    .isNotEmpty()
                    .doesNotContain(own));
    Terminal.type("kubectl exec %s -n %s -- touch /tmp/ready".formatted(own, NAMESPACE));
    awaitAnswers(address, Set.of(own));
  }

  @Test
  @Tag("feature:traffic")
  @DisplayName("Topology hints apply only when every endpoint has one")
  void hints_count_when_every_endpoint_has_one() {
    // Given
    assumeThat(Cluster.nodes()).as("nodes to choose among").hasSizeGreaterThan(1);
    assumeThat(serverMinor()).as("minor version that knows hints for nodes").isGreaterThan(33);
    Kubectl.apply(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: hinted, namespace: %s}
        spec:
          type: LoadBalancer
          ports: [{name: http, port: 80}]
        """
            .formatted(NAMESPACE));
    String address = ServiceView.awaitAddress(NAMESPACE, "hinted");
    String owner = BallastDeployment.owner(NAMESPACE, "hinted");
    Map<String, JsonNode> pods =
        pods("echo").stream()
            .collect(Collectors.toMap(pod -> pod.at("/spec/nodeName").asText(), pod -> pod));
    JsonNode near = pods.get(owner);
    JsonNode far =
        pods.values().stream().filter(pod -> !pod.equals(near)).findFirst().orElseThrow();
    Kubectl.apply(
        slice(
            near,
            "hints: {forZones: [{name: any}], forNodes: [{name: %s}]}".formatted(owner),
            far,
            ""));
    awaitAnswers(address, Set.of(name(near), name(far)));

    // When
    Kubectl.apply(
        slice(
            near,
            "hints: {forZones: [{name: any}], forNodes: [{name: %s}]}".formatted(owner),
            far,
            "hints: {forZones: [{name: any}], forNodes: [{name: elsewhere}]}"));

    // Then
    awaitAnswers(address, Set.of(name(near)));
  }

  @Test
  @Tag("feature:endpoints")
  @DisplayName("Pods on the host network answer, including the one on the announcing node")
  void host_network_pods_answer() {
    // Given
    Set<String> hosts =
        pods("on-host").stream()
            .map(TopologyIT::name)
            .map(pod -> "kubectl exec %s -n %s -- hostname".formatted(pod, NAMESPACE))
            .map(command -> Terminal.type(command).strip())
            .collect(Collectors.toSet());

    // When
    Kubectl.apply(
        BackendPods.service(NAMESPACE, "on-host")
            .replace("app: echo", "app: on-host")
            .replace("targetPort: 8080", "targetPort: 18099"));

    // Then
    String address = ServiceView.awaitAddress(NAMESPACE, "on-host");
    assertThat(hosts).hasSameSizeAs(Cluster.nodes());
    awaitAnswers(address, hosts);
  }

  private static String aService(String name) {
    Kubectl.apply(BackendPods.service(NAMESPACE, name));
    String address = ServiceView.awaitAddress(NAMESPACE, name);
    ExternalClient.awaitAnswer(address, 80);
    return address;
  }

  private static void patchSpec(String service, String spec) {
    Terminal.type(
        "kubectl patch svc %s -n %s -p '{\"spec\":%s}'".formatted(service, NAMESPACE, spec));
  }

  private static void awaitAnswers(String address, Set<String> from) {
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(ExternalClient.whoAnswers(address, MANY)).isEqualTo(from));
  }

  private static List<String> zones() {
    return Kubectl.list("nodes").stream()
        .map(node -> node.at("/metadata/labels").path(ZONE).asText())
        .filter(zone -> !zone.isEmpty())
        .toList();
  }

  private static int serverMinor() {
    String version = Terminal.quietly("kubectl get --raw /version");
    return Integer.parseInt(version.replaceFirst("(?s).*\"minor\":\\s*\"(\\d+).*", "$1"));
  }

  private static Map<String, String> podsByNode() {
    return pods("echo").stream()
        .collect(Collectors.toMap(pod -> pod.at("/spec/nodeName").asText(), TopologyIT::name));
  }

  private static List<JsonNode> pods(String app) {
    return Kubectl.list("pods -l app=%s -n %s".formatted(app, NAMESPACE));
  }

  private static String name(JsonNode pod) {
    return pod.at("/metadata/name").asText();
  }

  private static String slice(
      JsonNode one, String hintsOfOne, JsonNode other, String hintsOfOther) {
    return """
    apiVersion: discovery.k8s.io/v1
    kind: EndpointSlice
    metadata:
      name: hinted-1
      namespace: %s
      labels: {kubernetes.io/service-name: hinted}
    addressType: IPv4
    endpoints:
      - {addresses: [%s]%s}
      - {addresses: [%s]%s}
    ports: [{name: http, port: 8080, protocol: TCP}]
    """
        .formatted(
            NAMESPACE,
            one.at("/status/podIP").asText(),
            hintsOfOne.isEmpty() ? "" : ", " + hintsOfOne,
            other.at("/status/podIP").asText(),
            hintsOfOther.isEmpty() ? "" : ", " + hintsOfOther);
  }

  /** A Pod on each node, as {@link BackendPods#deploy} has them. */
  private static String onEveryNode(String app, String moreOfSpec, String port) {
    return """
    apiVersion: apps/v1
    kind: DaemonSet
    metadata: {name: %1$s, namespace: %2$s}
    spec:
      selector: {matchLabels: {app: %1$s}}
      template:
        metadata: {labels: {app: %1$s}}
        spec:
          terminationGracePeriodSeconds: 1
          tolerations: [{operator: Exists}]
          %3$s
          containers:
            - name: echo
              image: registry.k8s.io/e2e-test-images/agnhost:2.56
              command:
                - sh
                - -c
                - touch /tmp/ready && exec /agnhost netexec --http-port=%4$s --udp-port=-1
              readinessProbe:
                exec: {command: [test, -e, /tmp/ready]}
                periodSeconds: 1
                failureThreshold: 1
    """
        .formatted(app, NAMESPACE, moreOfSpec, port);
  }
}
