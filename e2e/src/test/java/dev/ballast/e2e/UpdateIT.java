package dev.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.ballast.e2e.UpdateTraffic.Broken;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Updates of the data plane, with clients outside the cluster that notice every interruption. */
@Order(17)
@DisplayName("Updates")
@Scenarios
class UpdateIT {

  private static final String NAMESPACE = "ballast-e2e-update";
  private static final int UDP_PORT = 81;
  private static final Duration A_MINUTE = Duration.ofMinutes(1);

  /** {@code ./dev test long} has twenty. */
  private static final int UPDATES = Integer.getInteger("ballast.e2e.updates", 1);

  /** Half a second of new connections. */
  private static final int MAX_FAILURES = 100;

  private static String address;

  @BeforeAll
  static void a_service_for_tcp_and_udp() {
    assumeThat(Cluster.OUTSIDE).as("this machine is the client").isEmpty();
    TestPool.create("update", Cluster.ADDRESSES);
    BackendPods.namespace(NAMESPACE);
    BackendPods.deploy(NAMESPACE, 3);
    Kubectl.apply(
        BackendPods.service(NAMESPACE, "steady")
            .replace(
                "targetPort: 8080}",
                "targetPort: 8080}, {name: udp, port: %d, targetPort: 8081, protocol: UDP}"
                    .formatted(UDP_PORT)));
    address = ServiceView.awaitAddress(NAMESPACE, "steady");
    ExternalClient.awaitAnswer(address, 80);
  }

  @AfterAll
  static void remove_it() {
    awaitOnePodANode();
    BackendPods.deleteNamespace(NAMESPACE);
    TestPool.delete("update");
  }

  @Test
  @Order(1)
  @Tag("feature:update")
  @DisplayName(
      "A restart of the data plane refuses no connection, breaks none and moves no address")
  void a_restart_is_not_noticed() {
    for (int i = 0; i < UPDATES; i++) {
      // Given
      awaitOnePodANode();
      String owner = BallastDeployment.owner(NAMESPACE, "steady");
      String old = BallastDeployment.dataPlaneOn(owner).at("/metadata/name").asText();
      try (UpdateTraffic traffic = new UpdateTraffic(address, UDP_PORT);
          BackgroundCommand owners = watchOwners()) {
        await().atMost(A_MINUTE).until(traffic::isEstablished);

        // When
        Terminal.type("kubectl rollout restart daemonset -n " + Cluster.NAMESPACE);
        Instant deadline = awaitDeadline(old);
        BallastDeployment.awaitReady();

        // Then
        assertThat(brokenInTime(traffic, deadline)).isEmpty();
        assertThat(BallastDeployment.owner(NAMESPACE, "steady")).isEqualTo(owner);
        assertThat(owners.lines()).isNotEmpty().allMatch(line -> line.strip().equals(owner));
      }
    }
  }

  /** A failure of an open connection counts before the deadline of the Pod that has it. */
  private static List<Broken> brokenInTime(UpdateTraffic traffic, Instant deadline) {
    return traffic.broken().stream()
        .filter(each -> !each.established() || each.at().isBefore(deadline))
        .toList();
  }

  /** Waits until a Pod is being deleted. Returns when it resets what is left of its connections. */
  private static Instant awaitDeadline(String pod) {
    String end =
        await()
            .atMost(A_MINUTE)
            .until(
                () ->
                    Kubectl.get("pod %s -n %s".formatted(pod, Cluster.NAMESPACE))
                        .at("/metadata/deletionTimestamp")
                        .asText(),
                timestamp -> !timestamp.isEmpty());
    // The Pod has ten seconds after the drain to clean up; the API server drops fractions.
    return Instant.parse(end).minusSeconds(11);
  }

  private static BackgroundCommand watchOwners() {
    return BackgroundCommand.start(
        "kubectl get loadbalancers.ballast.dev steady -w --no-headers -n %s -o custom-columns=%s"
            .formatted(NAMESPACE, "N:'.status.nodes[?(@.announcing)].name'"));
  }

  /** The Pods of an earlier update have ended. */
  private static void awaitOnePodANode() {
    await()
        .atMost(A_MINUTE)
        .until(
            () ->
                BallastDeployment.pods(BallastDeployment.DATA_PLANE).size()
                    == Cluster.nodes().size());
  }

  @Test
  @Order(2)
  @Tag("feature:update")
  @DisplayName("A new version that crashes at its start changes nothing")
  void a_version_that_crashes_is_not_noticed() {
    // Given
    awaitOnePodANode();
    String name =
        Kubectl.list(
                "daemonset -n %s -l %s".formatted(Cluster.NAMESPACE, BallastDeployment.DATA_PLANE))
            .getFirst()
            .at("/metadata/name")
            .asText();
    int restarts = restarts();
    try (UpdateTraffic traffic = new UpdateTraffic(address, UDP_PORT)) {
      await().atMost(A_MINUTE).until(traffic::isEstablished);

      // When
      Terminal.type(
          "kubectl set env daemonset %s -n %s BALLAST_STEERING=crash"
              .formatted(name, Cluster.NAMESPACE));

      // Then
      await().atMost(A_MINUTE).until(() -> restarts() >= restarts + 2);
      assertThat(traffic.broken()).isEmpty();

      // And back
      Terminal.type("kubectl rollout undo daemonset %s -n %s".formatted(name, Cluster.NAMESPACE));
      BallastDeployment.awaitReady();
      assertThat(traffic.broken()).isEmpty();
    }
  }

  @Test
  @Order(4)
  @Tag("feature:update")
  @DisplayName("An update goes on after an outage of the API server, and is not noticed either")
  void the_api_server_goes_away_in_the_middle() {
    // Given
    assumeThat(Cluster.isLab()).as("only the lab's API server can be stopped").isTrue();
    awaitOnePodANode();
    String owner = BallastDeployment.owner(NAMESPACE, "steady");
    String old = BallastDeployment.dataPlaneOn(owner).at("/metadata/name").asText();
    try (UpdateTraffic traffic = new UpdateTraffic(address, UDP_PORT)) {
      await().atMost(A_MINUTE).until(traffic::isEstablished);
      Terminal.type("kubectl rollout restart daemonset -n " + Cluster.NAMESPACE);
      await()
          .atMost(A_MINUTE)
          .until(
              () ->
                  BallastDeployment.pods(BallastDeployment.DATA_PLANE).size()
                      > Cluster.nodes().size());

      // When
      Terminal.type(Cluster.lab("api stop"));
      try {
        await().pollDelay(Duration.ofSeconds(8)).atMost(A_MINUTE).until(() -> true);
      } finally {
        Terminal.type(Cluster.lab("api start"));
      }

      // Then
      Instant deadline = awaitDeadline(old);
      BallastDeployment.awaitReady();
      assertThat(brokenInTime(traffic, deadline)).isEmpty();
      assertThat(BallastDeployment.owner(NAMESPACE, "steady")).isEqualTo(owner);
    }
  }

  @Test
  @Order(5)
  @Tag("feature:faults")
  @DisplayName("A node that is excluded hands its address over, and no client notices")
  void an_exclusion_is_not_noticed() {
    // Given
    assumeThat(Cluster.nodes()).as("nodes to take over").hasSizeGreaterThan(1);
    awaitOnePodANode();
    String owner = BallastDeployment.owner(NAMESPACE, "steady");
    try (UpdateTraffic traffic = new UpdateTraffic(address, UDP_PORT)) {
      await().atMost(A_MINUTE).until(traffic::isEstablished);

      // When
      Terminal.type("kubectl label node %s %s=".formatted(owner, Cluster.EXCLUSION_LABEL));

      // Then
      try {
        awaitOtherOwner(owner);
        await()
            .during(Duration.ofSeconds(5))
            .atMost(Duration.ofSeconds(6))
            .untilAsserted(() -> assertThat(traffic.broken()).isEmpty());
      } finally {
        Terminal.type("kubectl label node %s %s-".formatted(owner, Cluster.EXCLUSION_LABEL));
      }
    }
  }

  @Test
  @Order(6)
  @Tag("feature:faults")
  @DisplayName("A data-plane Pod that is deleted hands its addresses over, and no client notices")
  void a_deleted_pod_is_not_noticed() {
    // Given
    assumeThat(Cluster.nodes()).as("nodes to take over").hasSizeGreaterThan(1);
    awaitOnePodANode();
    String owner = BallastDeployment.owner(NAMESPACE, "steady");
    String old = BallastDeployment.dataPlaneOn(owner).at("/metadata/name").asText();
    try (UpdateTraffic traffic = new UpdateTraffic(address, UDP_PORT)) {
      await().atMost(A_MINUTE).until(traffic::isEstablished);

      // When
      Terminal.type("kubectl delete pod %s --wait=false -n %s".formatted(old, Cluster.NAMESPACE));

      // Then
      Instant deadline = awaitDeadline(old);
      awaitOtherOwner(owner);
      await()
          .during(Duration.ofSeconds(5))
          .atMost(Duration.ofSeconds(6))
          .untilAsserted(() -> assertThat(brokenInTime(traffic, deadline)).isEmpty());
    }
    BallastDeployment.awaitReady();
  }

  private static void awaitOtherOwner(String node) {
    await()
        .atMost(A_MINUTE)
        .until(
            () -> BallastDeployment.owner(NAMESPACE, "steady"),
            owner -> !owner.isEmpty() && !owner.equals(node));
  }

  @Test
  @Order(3)
  @Tag("feature:update")
  @DisplayName(
      "When the new process is killed during an update, new connections fail for a moment only")
  void the_new_process_is_killed() {
    // Given
    assumeThat(NodeLeftovers.canBeSeen()).as("this machine has a way onto the nodes").isTrue();
    awaitOnePodANode();
    String owner = BallastDeployment.owner(NAMESPACE, "steady");
    String old = BallastDeployment.dataPlaneOn(owner).at("/metadata/name").asText();
    try (UpdateTraffic traffic = new UpdateTraffic(address, UDP_PORT)) {
      await().atMost(A_MINUTE).until(traffic::isEstablished);
      Terminal.type("kubectl rollout restart daemonset -n " + Cluster.NAMESPACE);
      JsonNode successor =
          await()
              .atMost(A_MINUTE)
              .until(() -> successorOn(owner, old), pod -> !pod.isMissingNode());

      // When
      BallastDeployment.kill(successor);

      // Then
      BallastDeployment.awaitReady();
      assertThat(traffic.broken())
          .filteredOn(each -> each.what().startsWith("new connection"))
          .hasSizeLessThan(MAX_FAILURES);
      ExternalClient.awaitAnswer(address, 80);
    }
  }

  /** The Pod that serves in place of another one, which is being deleted. */
  private static JsonNode successorOn(String node, String old) {
    return BallastDeployment.pods(BallastDeployment.DATA_PLANE).stream()
        .filter(pod -> pod.at("/spec/nodeName").asText().equals(node))
        .filter(pod -> !pod.at("/metadata/name").asText().equals(old))
        .filter(pod -> pod.at("/metadata/deletionTimestamp").isMissingNode())
        .filter(pod -> pod.at("/status/containerStatuses/0/ready").asBoolean())
        .findFirst()
        .orElse(MissingNode.getInstance());
  }

  private static int restarts() {
    return BallastDeployment.pods(BallastDeployment.DATA_PLANE).stream()
        .mapToInt(pod -> pod.at("/status/containerStatuses/0/restartCount").asInt())
        .sum();
  }
}
