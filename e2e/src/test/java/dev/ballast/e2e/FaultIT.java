package dev.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Crashes of Ballast's processes, the API server and kubelets. */
@Order(4)
@DisplayName("Faults")
@Scenarios
class FaultIT {

  private static final String NAMESPACE = "ballast-e2e-faults";
  private static final int MANY = 20;
  private static final Duration A_MINUTE = Duration.ofSeconds(60);

  /** What may pass until an address answers again from another node, or from the same one. */
  private static final Duration SECONDS = Duration.ofSeconds(15);

  @BeforeAll
  static void a_service_that_answers() {
    TestPool.create("faults", Cluster.ADDRESSES);
    BackendPods.namespace(NAMESPACE);
    BackendPods.deploy(NAMESPACE, 2);
    Kubectl.apply(BackendPods.service(NAMESPACE, "steady"));
    awaitAnswer(steadyAddress());
  }

  @AfterAll
  static void remove_it() {
    BackendPods.deleteNamespace(NAMESPACE);
    TestPool.delete("faults");
  }

  @Test
  @Order(1)
  @DisplayName(
      "Both operators are killed while 20 Services are created; each Service gets exactly one address")
  void operators_killed_mid_allocation() {
    // Given
    String services =
        IntStream.range(0, MANY)
            .mapToObj(i -> BackendPods.service(NAMESPACE, "many-" + i))
            .collect(Collectors.joining("---\n"));
    try (BackgroundCommand backgroundCommand =
            BackgroundCommand.start(
                "kubectl get svc -w --no-headers -n %s -o custom-columns=%s"
                    .formatted(
                        NAMESPACE, "N:.metadata.name,IP:.status.loadBalancer.ingress[*].ip"));
        BackgroundCommand creation =
            BackgroundCommand.start("kubectl create -f - <<'END'\n" + services + "END")) {
      await().atMost(Duration.ofSeconds(30)).until(() -> addressesClaimed() >= 3);

      // When
      kill(BallastDeployment.OPERATOR);

      // Then
      await()
          .atMost(Duration.ofSeconds(90))
          .untilAsserted(() -> assertThat(addresses()).hasSize(MANY + 1));
      assertThat(addresses()).doesNotHaveDuplicates();
      assertThat(creation.isRunning()).isFalse();
      assertThat(addressesClaimed()).isEqualTo(MANY + 1);
      // no Service was ever seen with an address that it does not have now
      Map<String, String> now = addressesByService();
      assertThat(backgroundCommand.lines())
          .map(line -> line.split("\\s+"))
          .filteredOn(columns -> columns.length >= 2 && !columns[1].equals("<none>"))
          .isNotEmpty()
          .allSatisfy(columns -> assertThat(columns[1]).isEqualTo(now.get(columns[0])));
    }
    BallastDeployment.awaitReady();
  }

  @Test
  @Order(2)
  @DisplayName("When another leader takes over, no address moves and new Services get addresses")
  void another_leader_moves_no_address() {
    // Given
    Map<String, String> before = addressesByService();
    String leader = leader();
    TrafficProber client = TrafficProber.start(steadyUrl());

    // When
    kill(leader);

    // Then
    await()
        .atMost(Duration.ofSeconds(60))
        .until(FaultIT::leader, it -> !it.isEmpty() && !it.equals(leader));
    Kubectl.apply(BackendPods.service(NAMESPACE, "new-leader"));
    ServiceView.awaitAddress(NAMESPACE, "new-leader");
    assertThat(addressesByService()).containsAllEntriesOf(before);
    assertThat(client.stop().failures()).isEmpty();
    BallastDeployment.awaitReady();
  }

  @Test
  @Order(3)
  @DisplayName("When the data plane's process is killed, its address answers again within seconds")
  void data_plane_process_killed() {
    // Given
    String address = steadyAddress();
    String node = BallastDeployment.owner(NAMESPACE, "steady");
    JsonNode pod = BallastDeployment.dataPlaneOn(node);
    assumeThat(NodeLeftovers.canBeSeen()).as("this machine has a way onto the nodes").isTrue();
    rememberErrors();
    TrafficProber client = TrafficProber.start(steadyUrl());

    // When
    BallastDeployment.kill(pod);

    // Then
    int restarts = pod.at("/status/containerStatuses/0/restartCount").asInt();
    await()
        .atMost(A_MINUTE)
        .until(
            () ->
                BallastDeployment.dataPlaneOn(node)
                        .at("/status/containerStatuses/0/restartCount")
                        .asInt()
                    > restarts);
    BallastDeployment.awaitReady();
    awaitOneOwner(address);
    assertThat(client.stop().longestGap()).isLessThan(SECONDS);
    assertThat(steadyAddress()).isEqualTo(address);
  }

  @Test
  @Order(4)
  @DisplayName(
      "When the data plane's Pod is deleted by force, its address answers again within seconds")
  void data_plane_pod_deleted_by_force() {
    // Given
    String address = steadyAddress();
    JsonNode pod = BallastDeployment.dataPlaneOn(BallastDeployment.owner(NAMESPACE, "steady"));
    TrafficProber client = TrafficProber.start(steadyUrl());

    // When
    kill(pod.at("/metadata/name").asText());

    // Then
    BallastDeployment.awaitReady();
    awaitOneOwner(address);
    assertThat(client.stop().longestGap()).isLessThan(SECONDS);
    assertThat(steadyAddress()).isEqualTo(address);
  }

  @Test
  @Order(5)
  @DisplayName(
      "While the API server is down for 20 s traffic continues, and Ballast recovers afterwards")
  void api_server_gone() {
    // Given
    assumeThat(Cluster.isLab()).as("only the lab's API server can be stopped").isTrue();
    awaitAnswer(steadyAddress());
    TrafficProber client = TrafficProber.start(steadyUrl());

    // When
    Terminal.type(Cluster.lab("api stop"));
    try {
      await().pollDelay(Duration.ofSeconds(20)).atMost(A_MINUTE).until(() -> true);
    } finally {
      Terminal.type(Cluster.lab("api start"));
    }

    // Then
    Kubectl.apply(BackendPods.service(NAMESPACE, "after-outage"));
    String address = ServiceView.awaitAddress(NAMESPACE, "after-outage");
    awaitEndpoints("after-outage");
    awaitAnswer(address);
    assertThat(client.stop().failures()).isEmpty();
    BallastDeployment.awaitReady();
  }

  @Test
  @Order(6)
  @DisplayName("A NotReady node whose data plane answers keeps its addresses")
  void node_called_lost_that_answers() {
    // Given: a kubelet that hangs, so that the node controller gives its node up after a while
    String address = steadyAddress();
    String node = BallastDeployment.owner(NAMESPACE, "steady");
    var stop = Cluster.onNode(node, "bash -c 'kill -STOP $(pidof kubelet)'");
    assumeThat(stop).as("this machine has a way onto the nodes").isPresent();
    TrafficProber client = TrafficProber.start(steadyUrl());

    // When
    Terminal.type(stop.orElseThrow());
    try {
      await()
          .atMost(Duration.ofMinutes(2))
          .until(() -> !isReady(BallastDeployment.dataPlaneOn(node)));
      await().during(Duration.ofSeconds(5)).until(() -> true);

      // Then
      assertThat(BallastDeployment.owner(NAMESPACE, "steady")).isEqualTo(node);
      assertThat(client.stop().failures()).isEmpty();
    } finally {
      Terminal.type(Cluster.onNode(node, "bash -c 'kill -CONT $(pidof kubelet)'").orElseThrow());
    }
    await().atMost(A_MINUTE).until(() -> isReady(BallastDeployment.dataPlaneOn(node)));
    BallastDeployment.awaitReady();
    awaitOneOwner(address);
  }

  private static boolean isReady(JsonNode pod) {
    return Kubectl.elements(pod.at("/status/conditions")).stream()
        .anyMatch(
            it ->
                it.path("type").asText().equals("Ready")
                    && it.path("status").asText().equals("True"));
  }

  /** Deletes Pods of Ballast, by a selector or by name, as a power cut would. */
  private static void kill(String which) {
    rememberErrors();
    Terminal.type(
        "kubectl delete pod -n %s %s --force --grace-period=0"
            .formatted(Cluster.NAMESPACE, which.contains("=") ? "-l " + which : which));
  }

  /** The logs go with the Pod, so what is wrong in them must be found before. */
  private static void rememberErrors() {
    assertThat(BallastDeployment.errorsSince(Instant.EPOCH))
        .as("ERROR lines in Ballast's logs")
        .isEmpty();
  }

  private static void awaitAnswer(String address) {
    await()
        .atMost(A_MINUTE)
        .untilAsserted(
            () ->
                assertThat(ExternalClient.get("http://%s/hostname".formatted(address), 1).body())
                    .startsWith("echo-"));
  }

  /**
   * What Kubernetes' own controllers have to do first: after an outage their watches are away for
   * as long as client-go's reflectors back off, 30 s and as much again by chance.
   */
  private static void awaitEndpoints(String service) {
    await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () ->
                Kubectl.list(
                        "endpointslices -n %s -l kubernetes.io/service-name=%s"
                            .formatted(NAMESPACE, service))
                    .stream()
                    .anyMatch(slice -> !slice.path("endpoints").isEmpty()));
  }

  /** What the killed process could not undo has been undone by another. */
  private static void awaitOneOwner(String address) {
    if (NodeLeftovers.canBeSeen()) {
      NodeLeftovers.awaitOnlyOn(() -> BallastDeployment.owner(NAMESPACE, "steady"), address);
    }
  }

  private static String steadyUrl() {
    return "http://%s/hostname".formatted(steadyAddress());
  }

  private static String steadyAddress() {
    return ServiceView.awaitAddress(NAMESPACE, "steady");
  }

  private static String leader() {
    Set<String> pods =
        BallastDeployment.pods(BallastDeployment.OPERATOR).stream()
            .map(pod -> pod.at("/metadata/name").asText())
            .collect(Collectors.toSet());
    return Kubectl.list("leases -n " + Cluster.NAMESPACE).stream()
        .map(lease -> lease.at("/spec/holderIdentity").asText())
        .filter(pods::contains)
        .findFirst()
        .orElse("");
  }

  private static Map<String, String> addressesByService() {
    return Kubectl.list("services -n " + NAMESPACE).stream()
        .filter(service -> new ServiceView(service).address().isPresent())
        .collect(
            Collectors.toMap(
                service -> service.at("/metadata/name").asText(),
                service -> new ServiceView(service).address().orElseThrow()));
  }

  private static Collection<String> addresses() {
    return addressesByService().values();
  }

  private static long addressesClaimed() {
    return Kubectl.names("addresses.ballast.dev").stream()
        .filter(Cluster.ADDRESSES::contains)
        .count();
  }
}
