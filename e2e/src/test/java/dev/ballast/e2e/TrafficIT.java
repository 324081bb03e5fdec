package dev.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Source ranges, affinity, traffic policies, and Services without endpoints. */
@Order(8)
@DisplayName("Traffic")
@Scenarios
class TrafficIT {

  private static final String NAMESPACE = "ballast-e2e-traffic";
  private static final Duration SOON = Duration.ofSeconds(30);

  @BeforeAll
  static void a_pool_and_three_pods() {
    TestPool.create("traffic", Cluster.ADDRESSES);
    BackendPods.namespace(NAMESPACE);
    BackendPods.deploy(NAMESPACE, 3);
  }

  @AfterAll
  static void remove_them() {
    Cluster.nodes()
        .forEach(
            node ->
                Terminal.quietly(
                    "kubectl label node %s %s-".formatted(node, Cluster.EXCLUSION_LABEL)));
    BackendPods.deleteNamespace(NAMESPACE);
    TestPool.delete("traffic");
  }

  @Test
  @Tag("feature:traffic")
  @DisplayName("A change of source ranges admits a client, and a second change rejects it")
  void source_ranges_are_changed_live() {
    // Given
    String address = aService("ranges", "");
    String client = ExternalClient.sourceTowards(address) + "/32";

    // When
    setRanges("ranges", "203.0.113.0/24");

    // Then
    awaitOpen(address, false);

    // And the client's own, another's, the two halves of everything, and no restriction
    setRanges("ranges", "203.0.113.0/24", client);
    awaitOpen(address, true);
    setRanges("ranges", "203.0.113.0/24");
    awaitOpen(address, false);
    setRanges("ranges", "0.0.0.0/1", "128.0.0.0/1");
    awaitOpen(address, true);
    setRanges("ranges", "203.0.113.0/24");
    awaitOpen(address, false);
    setRanges("ranges");
    awaitOpen(address, true);
  }

  @Test
  @Tag("feature:traffic")
  @DisplayName("Source ranges apply to datagrams")
  void source_ranges_hold_for_datagrams() {
    // Given
    Kubectl.apply(
        BackendPods.service(NAMESPACE, "udp-ranges")
            .replace("targetPort: 8080}", "targetPort: 8081, protocol: UDP}"));
    String address = ServiceView.awaitAddress(NAMESPACE, "udp-ranges");
    await().atMost(SOON).until(() -> ExternalClient.datagram(address, 80, "echo in"), "in"::equals);

    // When
    setRanges("udp-ranges", "203.0.113.0/24");

    // Then
    await()
        .atMost(SOON)
        .until(() -> ExternalClient.datagram(address, 80, "echo in"), String::isEmpty);

    // And back
    setRanges("udp-ranges", ExternalClient.sourceTowards(address) + "/32");
    await().atMost(SOON).until(() -> ExternalClient.datagram(address, 80, "echo in"), "in"::equals);
  }

  @Test
  @Tag("feature:traffic")
  @DisplayName("Session affinity can be switched on and off while a Service is in use")
  void session_affinity_is_switched_on_and_off() {
    // Given
    String address = aService("sticky", "");
    await().atMost(SOON).until(() -> ExternalClient.whoAnswers(address, 12).size() == 3);

    // When
    patchSpec("sticky", "{\"sessionAffinity\":\"ClientIP\"}");

    // Then
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(ExternalClient.whoAnswers(address, 20)).hasSize(1));
    assertThat(ExternalClient.whoAnswers(address, 20)).hasSize(1);

    // And off again
    patchSpec("sticky", "{\"sessionAffinity\":\"None\"}");
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(ExternalClient.whoAnswers(address, 20)).hasSize(3));
  }

  @Test
  @Tag("feature:traffic")
  @DisplayName("Session affinity survives a move of the address to another node")
  void session_affinity_holds_across_the_loss_of_the_owner() {
    // Given
    assumeThat(Cluster.nodes()).as("nodes to take over").hasSizeGreaterThan(1);
    String address = aService("sticky-moves", "  sessionAffinity: ClientIP\n");
    List<String> before = List.copyOf(ExternalClient.whoAnswers(address, 5));
    assertThat(before).hasSize(1);
    String owner = BallastDeployment.owner(NAMESPACE, "sticky-moves");

    // When
    Terminal.type("kubectl label node %s %s=".formatted(owner, Cluster.EXCLUSION_LABEL));

    // Then
    awaitOtherOwner("sticky-moves", owner);
    ExternalClient.awaitAnswer(address, 80);
    assertThat(ExternalClient.whoAnswers(address, 10)).containsExactlyElementsOf(before);
    Terminal.type("kubectl label node %s %s-".formatted(owner, Cluster.EXCLUSION_LABEL));
  }

  @Test
  @Tag("feature:traffic")
  @DisplayName("Under the traffic policies Cluster and Local, all Pods answer")
  void all_pods_answer_under_both_traffic_policies() {
    // Given
    String address = aService("policy", "  externalTrafficPolicy: Cluster\n");
    await().atMost(SOON).until(() -> ExternalClient.whoAnswers(address, 12).size() == 3);

    // When
    patchSpec("policy", "{\"externalTrafficPolicy\":\"Local\"}");

    // Then
    await()
        .during(Duration.ofSeconds(3))
        .atMost(SOON)
        .untilAsserted(() -> assertThat(ExternalClient.whoAnswers(address, 12)).hasSize(3));
  }

  @Test
  @Tag("feature:traffic")
  @DisplayName("Pods on every node reach the external address")
  void pods_reach_the_external_address() {
    // Given
    String address = aService("from-pods", "");

    // When
    List<String> answers =
        Kubectl.list("pods -l app=echo -n " + NAMESPACE).stream()
            .map(pod -> pod.at("/metadata/name").asText())
            .map(pod -> "kubectl exec %s -n %s -- %s".formatted(pod, NAMESPACE, curl(address)))
            .map(Terminal::type)
            .toList();

    // Then
    assertThat(answers).hasSize(3).allSatisfy(it -> assertThat(it).startsWith("echo-"));
  }

  @Test
  @Tag("feature:traffic")
  @DisplayName("Every node reaches the external address, the one that announces it too")
  void nodes_reach_the_external_address() {
    // Given
    assumeThat(Cluster.onNode("any", "true")).as("this machine has a way onto nodes").isPresent();
    String address = aService("from-nodes", "");

    // When
    List<String> answers =
        Cluster.nodes().stream()
            .map(node -> Terminal.type(Cluster.onNode(node, curl(address)).orElseThrow()))
            .toList();

    // Then
    assertThat(answers)
        .hasSameSizeAs(Cluster.nodes())
        .allSatisfy(it -> assertThat(it).startsWith("echo-"));
  }

  @Test
  @Tag("feature:endpoints")
  @DisplayName("When only terminating Pods still serve, they get the connections")
  void terminating_pods_are_the_fallback() {
    // Given
    Kubectl.apply(lingering());
    Terminal.type("kubectl rollout status deployment lingering --timeout=60s -n " + NAMESPACE);
    Kubectl.apply(
        BackendPods.service(NAMESPACE, "fallback").replace("app: echo", "app: lingering"));
    String address = ServiceView.awaitAddress(NAMESPACE, "fallback");
    await().atMost(SOON).until(() -> ExternalClient.whoAnswers(address, 8).size() == 2);

    // When
    Terminal.type("kubectl scale deployment lingering --replicas=0 -n " + NAMESPACE);

    // Then
    await().atMost(SOON).until(() -> terminatingEndpoints("fallback") == 2);
    assertThat(ExternalClient.getTimes(10, "http://%s/hostname".formatted(address)))
        .extracting(ExternalClient.HttpAnswer::status)
        .containsOnly(200);

    // And nobody answers once they are gone
    await().atMost(Duration.ofMinutes(2)).until(() -> endpoints("fallback").isEmpty());
    awaitRefused(address);
  }

  @Test
  @Tag("feature:endpoints")
  @DisplayName("A connection to a Service without endpoints is refused at once")
  void no_endpoints_means_refused_at_once() {
    // When
    Kubectl.apply(BackendPods.service(NAMESPACE, "nobody").replace("app: echo", "app: nobody"));

    // Then
    awaitRefused(ServiceView.awaitAddress(NAMESPACE, "nobody"));
  }

  @Test
  @Tag("feature:endpoints")
  @DisplayName("publishNotReadyAddresses also sends connections to unready Pods")
  void unready_pods_are_published_when_asked_for() {
    // Given
    String pod =
        Kubectl.list("pods -l app=echo -n " + NAMESPACE).getFirst().at("/metadata/name").asText();
    Terminal.type("kubectl exec %s -n %s -- rm /tmp/ready".formatted(pod, NAMESPACE));
    String address = aService("unready", "");
    await()
        .atMost(SOON)
        .until(
            () -> ExternalClient.whoAnswers(address, 12),
            it -> it.size() == 2 && !it.contains(pod));

    // When
    patchSpec("unready", "{\"publishNotReadyAddresses\":true}");

    // Then
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(ExternalClient.whoAnswers(address, 12)).contains(pod));
    Terminal.type("kubectl exec %s -n %s -- touch /tmp/ready".formatted(pod, NAMESPACE));
  }

  @Test
  @Tag("feature:lifecycle")
  @DisplayName("A node that is excluded from load balancing hands its address to another node")
  void an_excluded_node_gives_its_address_away() {
    // Given
    assumeThat(Cluster.nodes()).as("nodes to take over").hasSizeGreaterThan(1);
    String address = aService("excluded", "");
    String owner = BallastDeployment.owner(NAMESPACE, "excluded");
    TrafficProber client = TrafficProber.start("http://%s/hostname".formatted(address));

    // When
    Terminal.type("kubectl label node %s %s=".formatted(owner, Cluster.EXCLUSION_LABEL));

    // Then
    awaitOtherOwner("excluded", owner);
    assertThat(client.stop().longestGap()).isLessThan(Duration.ofSeconds(3));
    ExternalClient.awaitAnswer(address, 80);
    assertThat(ServiceView.of(NAMESPACE, "excluded").address()).contains(address);

    // And the other node keeps it
    Terminal.type("kubectl label node %s %s-".formatted(owner, Cluster.EXCLUSION_LABEL));
    await()
        .during(Duration.ofSeconds(5))
        .atMost(SOON)
        .until(() -> !BallastDeployment.owner(NAMESPACE, "excluded").equals(owner));
    ExternalClient.awaitAnswer(address, 80);
    assertThat(Terminal.type("kubectl get loadbalancer excluded -o wide -n " + NAMESPACE))
        .contains("announces " + address + " (epoch 2, since ");
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(Kubectl.list("events.v1.events.k8s.io -n " + NAMESPACE))
                    .extracting(event -> event.path("note").asText())
                    .anyMatch(
                        note ->
                            note.contains(
                                "took %s from node %s, which was excluded by its label"
                                    .formatted(address, owner))));
  }

  /** Makes a Service for the three Pods, and waits until it answers; more of its spec if given. */
  private static String aService(String name, String moreOfSpec) {
    Kubectl.apply(BackendPods.service(NAMESPACE, name) + moreOfSpec);
    String address = ServiceView.awaitAddress(NAMESPACE, name);
    ExternalClient.awaitAnswer(address, 80);
    return address;
  }

  private static void setRanges(String service, String... ranges) {
    String list = ranges.length == 0 ? "null" : "[\"" + String.join("\",\"", ranges) + "\"]";
    patchSpec(service, "{\"loadBalancerSourceRanges\":" + list + "}");
  }

  private static void patchSpec(String service, String spec) {
    Terminal.type(
        "kubectl patch svc %s -n %s -p '{\"spec\":%s}'".formatted(service, NAMESPACE, spec));
  }

  private static void awaitOpen(String address, boolean open) {
    await()
        .alias(open ? "the client is let in" : "the client is kept out")
        .atMost(SOON)
        .until(
            () -> ExternalClient.get("http://%s/hostname".formatted(address), 1).status() == 200,
            is -> is == open);
  }

  private static void awaitRefused(String address) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              // ten seconds of patience, so that a connection left hanging would end as a time-out
              ExternalClient.HttpAnswer httpAnswer =
                  ExternalClient.get("http://%s/hostname".formatted(address), 10);
              assertThat(httpAnswer.status()).isZero();
              assertThat(httpAnswer.body())
                  .doesNotContain("timed out")
                  .containsPattern("after \\d{1,3} ms|reset|Empty reply");
            });
  }

  private static void awaitOtherOwner(String service, String node) {
    await()
        .atMost(SOON)
        .until(
            () -> BallastDeployment.owner(NAMESPACE, service),
            owner -> !owner.isEmpty() && !owner.equals(node));
  }

  private static long terminatingEndpoints(String service) {
    return endpoints(service).stream()
        .filter(it -> it.at("/conditions/terminating").asBoolean())
        .filter(it -> it.at("/conditions/serving").asBoolean())
        .count();
  }

  private static List<JsonNode> endpoints(String service) {
    return Kubectl.list(
            "endpointslices -l kubernetes.io/service-name=%s -n %s".formatted(service, NAMESPACE))
        .stream()
        .flatMap(slice -> Kubectl.elements(slice.path("endpoints")).stream())
        .toList();
  }

  private static String curl(String address) {
    return "curl -sS --noproxy '*' -m 5 http://%s/hostname".formatted(address);
  }

  /** Pods that continue to answer for 20 seconds after SIGTERM. */
  private static String lingering() {
    return """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: lingering, namespace: %s}
    spec:
      replicas: 2
      selector: {matchLabels: {app: lingering}}
      template:
        metadata: {labels: {app: lingering}}
        spec:
          terminationGracePeriodSeconds: 30
          containers:
            - name: echo
              image: registry.k8s.io/e2e-test-images/agnhost:2.56
              args: [netexec, --http-port=8080, --udp-port=-1, --delay-shutdown=20]
              readinessProbe: {httpGet: {path: /hostname, port: 8080}, periodSeconds: 1}
    """
        .formatted(NAMESPACE);
  }
}
