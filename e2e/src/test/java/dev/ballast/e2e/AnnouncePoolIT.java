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

/** Pools that say which nodes and interfaces announce their addresses. */
@Order(15)
@DisplayName("Announcing nodes of a pool")
@Tag("feature:announce")
@Scenarios
class AnnouncePoolIT {

  private static final String NAMESPACE = "ballast-e2e-announce";
  private static final String POOL = "announce";
  private static final String LABEL = "ballast.test/edge";
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String EDGE = "{matchExpressions: [{key: %s, operator: Exists}]}";

  @BeforeAll
  static void two_pods() {
    assumeThat(Cluster.nodes()).as("nodes to choose from").hasSizeGreaterThan(1);
    BackendPods.namespace(NAMESPACE);
    BackendPods.deploy(NAMESPACE, 2);
  }

  @AfterEach
  void no_service_and_no_label_stays() {
    Terminal.type("kubectl delete svc --all -n " + NAMESPACE);
    TestPool.delete(POOL);
    Cluster.nodes().forEach(AnnouncePoolIT::unlabel);
  }

  @AfterAll
  static void remove_them() {
    BackendPods.deleteNamespace(NAMESPACE);
  }

  @Test
  @Order(1)
  @DisplayName("Only a node that the pool selects announces, and another one takes over if it must")
  void the_selected_node_announces() {
    // Given
    String first = Cluster.nodes().getFirst();
    String last = Cluster.nodes().getLast();
    label(last);
    pool("nodeSelector: " + EDGE.formatted(LABEL));
    List<String> services = List.of("one", "two", "three", "four");
    services.forEach(name -> Kubectl.apply(BackendPods.service(NAMESPACE, name)));
    services.forEach(name -> awaitOwner(name, last));
    String address = ServiceView.awaitAddress(NAMESPACE, "one");
    ExternalClient.awaitAnswer(address, 80);
    TrafficProber client = TrafficProber.start("http://%s/hostname".formatted(address));

    // When
    label(first);
    unlabel(last);

    // Then
    services.forEach(name -> awaitOwner(name, first));
    assertThat(client.stop().longestGap()).isLessThan(Duration.ofSeconds(3));
    ExternalClient.awaitAnswer(address, 80);
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(Kubectl.list("events.v1.events.k8s.io -n " + NAMESPACE))
                    .extracting(event -> event.path("note").asText())
                    .anyMatch(
                        note ->
                            note.contains(
                                "took %s from node %s, which its AddressPool does not select"
                                    .formatted(address, last))));
  }

  @Test
  @Order(2)
  @DisplayName("While no node matches, an address stays where it is, and the conditions say so")
  void an_address_stays_while_no_node_matches() {
    // Given
    String node = Cluster.nodes().getLast();
    label(node);
    pool("nodeSelector: " + EDGE.formatted(LABEL));
    Kubectl.apply(BackendPods.service(NAMESPACE, "kept"));
    awaitOwner("kept", node);
    String address = ServiceView.awaitAddress(NAMESPACE, "kept");

    // When
    unlabel(node);

    // Then
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              assertThat(Terminal.type("kubectl describe addresspool " + POOL))
                  .contains("NoNodeSelected", "No node matches spec.announce.nodeSelector");
              assertThat(Terminal.type("kubectl describe loadbalancer kept -n " + NAMESPACE))
                  .contains("The address stays there.", "AddressPool " + POOL);
            });
    ExternalClient.awaitAnswer(address, 80);

    // And a new Service waits, with the reason, until a node matches
    Kubectl.apply(BackendPods.service(NAMESPACE, "waiting"));
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(ServiceView.of(NAMESPACE, "waiting").verdict("ballast.dev/Announced"))
                    .startsWith("False ")
                    .contains("NoNodeSelected"));
    label(Cluster.nodes().getFirst());
    awaitOwner("waiting", Cluster.nodes().getFirst());
    ExternalClient.awaitAnswer(ServiceView.awaitAddress(NAMESPACE, "waiting"), 80);
  }

  @Test
  @Order(3)
  @DisplayName(
      "A new address goes to a preferred node, and stays there when the preference changes")
  void a_preferred_node_gets_new_addresses() {
    // Given
    String node = Cluster.nodes().getLast();
    label(node);
    pool("preferredNodeSelector: " + EDGE.formatted(LABEL));
    // The operator resolves the selector. Until then, no node is preferred.
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(
                        Kubectl.get("addresspool " + POOL)
                            .at("/status/announce/preferredNodes/0")
                            .asText())
                    .isEqualTo(node));
    List<String> services = List.of("one", "two", "three", "four");
    services.forEach(name -> Kubectl.apply(BackendPods.service(NAMESPACE, name)));
    services.forEach(name -> awaitOwner(name, node));

    // When
    label(Cluster.nodes().getFirst());
    unlabel(node);

    // Then
    await()
        .during(Duration.ofSeconds(5))
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(services)
                    .allMatch(name -> BallastDeployment.owner(NAMESPACE, name).equals(node)));
  }

  @Test
  @Order(4)
  @DisplayName(
      "A pool whose interfaces no node has is not announced, until it names one that is there")
  void interfaces_have_to_be_there() {
    // Given
    pool("interfaces: [absent0]");
    Kubectl.apply(BackendPods.service(NAMESPACE, "confined"));
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(ServiceView.of(NAMESPACE, "confined").verdict("ballast.dev/Announced"))
                    .contains("AnnouncementFailed"));
    assertThat(Terminal.type("kubectl describe loadbalancer confined -n " + NAMESPACE))
        .contains("spec.announce.interfaces (absent0) of the AddressPool " + POOL);

    // When
    pool("interfaces: [absent0, \"e*\"]");

    // Then
    ExternalClient.awaitAnswer(ServiceView.awaitAddress(NAMESPACE, "confined"), 80);
  }

  private static void pool(String announce) {
    Kubectl.apply(
        TestPool.manifest(POOL, Cluster.ADDRESSES.toString())
            + "  announce:\n    %s\n".formatted(announce));
  }

  private static void awaitOwner(String service, String node) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(BallastDeployment.owner(NAMESPACE, service)).isEqualTo(node));
  }

  private static void label(String node) {
    Terminal.type("kubectl label node %s %s= --overwrite".formatted(node, LABEL));
  }

  private static void unlabel(String node) {
    Terminal.quietly("kubectl label node %s %s-".formatted(node, LABEL));
  }
}
