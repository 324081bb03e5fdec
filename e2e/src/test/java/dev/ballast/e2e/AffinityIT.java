package dev.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How long a client keeps its Pod. */
@Order(11)
@DisplayName("Session affinity")
@Scenarios
class AffinityIT {

  private static final String NAMESPACE = "ballast-e2e-affinity";
  private static final Duration SOON = Duration.ofSeconds(30);

  /** Kubernetes itself takes most of a minute to see that a node is gone. */
  private static final Duration NODE_LOSS = Duration.ofMinutes(3);

  @BeforeAll
  static void a_pool_and_three_pods() {
    TestPool.create("affinity", Cluster.ADDRESSES);
    BackendPods.namespace(NAMESPACE);
    BackendPods.deploy(NAMESPACE, 3);
  }

  @AfterAll
  static void remove_them() {
    BackendPods.deleteNamespace(NAMESPACE);
    TestPool.delete("affinity");
  }

  /**
   * A client that its Pod was taken from is known by another one; without a table, or once that has
   * forgotten it, its hash leads back to the first.
   */
  @Test
  @Order(1)
  @Tag("feature:traffic")
  @DisplayName("A client keeps its Pod until the affinity timeout passes without a connection")
  void affinity_ends_with_its_time_out() {
    // Given
    Kubectl.apply(
        BackendPods.service(NAMESPACE, "patient")
            + "  sessionAffinity: ClientIP\n"
            + "  sessionAffinityConfig: {clientIP: {timeoutSeconds: 5}}\n");
    String address = ServiceView.awaitAddress(NAMESPACE, "patient");
    ExternalClient.awaitAnswer(address, 80);
    String first = onlyAnswer(address);
    Terminal.type("kubectl exec %s -n %s -- rm /tmp/ready".formatted(first, NAMESPACE));
    String second =
        await()
            .atMost(SOON)
            .until(() -> onlyAnswer(address), pod -> !pod.isEmpty() && !pod.equals(first));

    // When
    Terminal.type("kubectl exec %s -n %s -- touch /tmp/ready".formatted(first, NAMESPACE));
    await()
        .atMost(SOON)
        .until(() -> onlyAnswer(address).equals(second) && readyEndpoints("patient") == 3);

    // Then
    await()
        .during(Duration.ofSeconds(8))
        .atMost(SOON)
        .untilAsserted(() -> assertThat(onlyAnswer(address)).isEqualTo(second));

    // And back once it has been away for long enough
    await().pollDelay(Duration.ofSeconds(8)).atMost(SOON).until(() -> true);
    assertThat(ExternalClient.whoAnswers(address, 5)).isEqualTo(Set.of(first));
  }

  /** Last, since a node is gone for a while. */
  @Test
  @Order(2)
  @Tag("feature:traffic")
  @DisplayName("A client keeps its Pod when the announcing node fails")
  void affinity_survives_the_loss_of_the_announcing_node() {
    // Given
    assumeThat(Cluster.isLab()).as("only the lab's nodes can be switched off").isTrue();
    assumeThat(Cluster.nodes()).as("nodes to take over").hasSizeGreaterThan(1);
    Kubectl.apply(BackendPods.service(NAMESPACE, "lost") + "  sessionAffinity: ClientIP\n");
    String address = ServiceView.awaitAddress(NAMESPACE, "lost");
    ExternalClient.awaitAnswer(address, 80);
    String owner = BallastDeployment.owner(NAMESPACE, "lost");
    keepPodsOff(owner);
    String pod = onlyAnswer(address);

    // When
    Terminal.type(Cluster.lab("node stop " + owner));
    try {

      // Then
      await()
          .atMost(NODE_LOSS)
          .until(
              () -> BallastDeployment.owner(NAMESPACE, "lost"),
              node -> !node.isEmpty() && !node.equals(owner));
      ExternalClient.awaitAnswer(address, 80);
      assertThat(ExternalClient.whoAnswers(address, 10)).isEqualTo(Set.of(pod));
    } finally {
      Terminal.type(Cluster.lab("node start " + owner));
      Terminal.type("kubectl wait node %s --for=condition=Ready --timeout=120s".formatted(owner));
      BallastDeployment.awaitReady();
    }
  }

  /** So that the client's Pod is not lost with the node. */
  private static void keepPodsOff(String node) {
    Terminal.type(
        ("kubectl patch deployment echo -n %s -p '{\"spec\":{\"template\":{\"spec\":{\"affinity\":"
                + "{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":"
                + "{\"nodeSelectorTerms\":[{\"matchFields\":[{\"key\":\"metadata.name\","
                + "\"operator\":\"NotIn\",\"values\":[\"%s\"]}]}]}}}}}}}'")
            .formatted(NAMESPACE, node));
    Terminal.type("kubectl rollout status deployment echo --timeout=120s -n " + NAMESPACE);
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(Kubectl.list("pods -l app=echo -n " + NAMESPACE))
                    .hasSize(3)
                    .noneMatch(pod -> pod.at("/spec/nodeName").asText().equals(node)));
  }

  /** The Pod that answers; empty while there are several. */
  private static String onlyAnswer(String address) {
    Set<String> answers = ExternalClient.whoAnswers(address, 3);
    return answers.size() == 1 ? answers.iterator().next() : "";
  }

  private static long readyEndpoints(String service) {
    return Kubectl.list(
            "endpointslices -l kubernetes.io/service-name=%s -n %s".formatted(service, NAMESPACE))
        .stream()
        .flatMap(slice -> Kubectl.elements(slice.path("endpoints")).stream())
        .filter(endpoint -> endpoint.at("/conditions/ready").asBoolean())
        .count();
  }
}
