package dev.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Failures of the node that announces an address. */
@Order(19)
@DisplayName("Node failures")
@Tag("feature:faults")
@Scenarios
class NodeFailureIT {

  private static final String NAMESPACE = "ballast-e2e-node-failures";

  /** What {@code ./dev bench failover} allows is one second. CI shares its processors. */
  private static final Duration TAKEOVER = Duration.ofMillis(1500);

  /** How long a link stays cut when no node takes over. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static String address;

  @BeforeAll
  static void a_service_with_pods_on_all_nodes() {
    assumeThat(Cluster.isLab()).as("nodes with links that a test can cut").isTrue();
    assumeThat(Cluster.nodes()).as("nodes to take over").hasSizeGreaterThan(2);
    TestPool.create("node-failures", Cluster.ADDRESSES);
    BackendPods.namespace(NAMESPACE);
    BackendPods.deploy(NAMESPACE, 3);
    Kubectl.apply(BackendPods.service(NAMESPACE, "steady"));
    address = ServiceView.awaitAddress(NAMESPACE, "steady");
    ExternalClient.awaitAnswer(address, 80);
  }

  @AfterAll
  static void remove_it() {
    if (Cluster.isLab()) {
      BackendPods.deleteNamespace(NAMESPACE);
      TestPool.delete("node-failures");
      awaitKubelets();
    }
  }

  /** After an outage of the API server, a kubelet may not act for a while, and look ready. */
  private static void awaitKubelets() {
    Terminal.type("kubectl rollout restart deployment ballast-operator -n " + Cluster.NAMESPACE);
    Terminal.type(
        "kubectl rollout status deployment ballast-operator --timeout=120s -n "
            + Cluster.NAMESPACE);
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> BallastDeployment.pods(BallastDeployment.OPERATOR).size() == 2);
  }

  @Test
  @Order(1)
  @DisplayName("When the link of the announcing node is cut, another node takes over at once")
  void another_node_takes_over() {
    // Given
    String node = announcingNode();
    try (ConnectionProber client = ConnectionProber.start(address, 80)) {
      awaitAnswers(client);
      try {
        // When
        cutLink(node, client);

        // Then
        assertThat(client.longestOutage()).isPositive().isLessThan(TAKEOVER);
      } finally {
        restoreLink(node);
      }
      awaitOneOwner();
      awaitAnswers(client);
    }
  }

  @Test
  @Order(2)
  @DisplayName("Another node takes over also while the API server is down")
  void another_node_takes_over_without_the_api_server() {
    // Given
    String node = announcingNode();
    try (ConnectionProber client = ConnectionProber.start(address, 80)) {
      awaitAnswers(client);
      Terminal.type(Cluster.lab("api stop"));
      try {
        // When
        cutLink(node, client);

        // Then
        assertThat(client.longestOutage()).isPositive().isLessThan(TAKEOVER);
      } finally {
        restoreLink(node);
        Terminal.type(Cluster.lab("api start"));
      }
      awaitOneOwner();
      awaitAnswers(client);
    }
  }

  private static String announcingNode() {
    return await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> BallastDeployment.owner(NAMESPACE, "steady"), it -> !it.isEmpty());
  }

  /** Returns when the client is without answers no longer, or after a time that is too long. */
  private static void cutLink(String node, ConnectionProber client) {
    long cut = System.nanoTime();
    Terminal.type(Cluster.lab("link %s down".formatted(node)));
    try {
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  client.failedSince(cut)
                      && client.answeredSince(System.nanoTime() - TAKEOVER.toNanos() / 2)
                      && System.nanoTime() - cut > TAKEOVER.toNanos());
    } catch (ConditionTimeoutException e) {
      // The outage lasts, and the caller judges it by its length.
    }
  }

  private static void restoreLink(String node) {
    Terminal.type(Cluster.lab("link %s up".formatted(node)));
  }

  private static void awaitAnswers(ConnectionProber client) {
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> client.answeredSince(System.nanoTime() - Duration.ofMillis(500).toNanos()));
  }

  /** What the node that was cut off could not undo then, it has undone now. */
  private static void awaitOneOwner() {
    BallastDeployment.awaitReady();
    NodeLeftovers.awaitOnlyOn(() -> BallastDeployment.owner(NAMESPACE, "steady"), address);
  }
}
