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

/** Nodes with several interfaces, in several segments or twice in one. */
@Order(15)
@DisplayName("Segments")
@Tag("feature:address")
@Scenarios
class SegmentsIT {

  private static final String NAMESPACE = "ballast-e2e-segments";
  private static final String CHART = "../../charts/ballast";

  /** A segment with one node and the client. */
  private static final String SEGMENT = "198.19.200.";

  /** The name of the interfaces that a scenario adds. */
  private static final String SECOND = "second";

  @BeforeAll
  static void two_pods() {
    assumeThat(Cluster.isLab()).as("nodes that a test can cable").isTrue();
    BackendPods.namespace(NAMESPACE);
    BackendPods.deploy(NAMESPACE, 2);
  }

  @AfterEach
  void no_service_and_no_second_interface_stays() {
    Terminal.type("kubectl delete svc --all -n " + NAMESPACE);
    TestPool.delete("segments");
    Cluster.nodes()
        .forEach(node -> Terminal.run("ip -n %s link del %s".formatted(at(node), SECOND)));
  }

  @AfterAll
  static void remove_them() {
    if (Cluster.isLab()) {
      BackendPods.deleteNamespace(NAMESPACE);
    }
  }

  @Test
  @Order(1)
  @DisplayName("Only a node with an interface in the subnet of an address announces it")
  void the_node_in_the_subnet_announces() {
    // Given
    String node = Cluster.nodes().getLast();
    Terminal.type(
        "ip -n %1$s link add %2$s type veth peer name %2$s netns ballast-client"
            .formatted(at(node), SECOND));
    for (String end : List.of(at(node) + " 1", "ballast-client 2")) {
      String[] words = end.split(" ", -1);
      Terminal.type(
          "ip -n %1$s address add %3$s%2$s/24 dev %4$s && ip -n %1$s link set %4$s up"
              .formatted(words[0], words[1], SEGMENT, SECOND));
    }
    TestPool.create("segments", Ipv4Range.parse(SEGMENT + "101-" + SEGMENT + "104"));

    // When
    List<String> services = List.of("one", "two", "three", "four");
    services.forEach(name -> Kubectl.apply(BackendPods.service(NAMESPACE, name)));

    // Then
    for (String service : services) {
      String address = ServiceView.awaitAddress(NAMESPACE, service);
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () -> {
                assertThat(BallastDeployment.owner(NAMESPACE, service)).isEqualTo(node);
                assertThat(ServiceView.of(NAMESPACE, service).verdict("ballast.dev/Announced"))
                    .startsWith("True ");
                assertThat(
                        Terminal.run(
                                Cluster.lab("outside curl -sS -m 2 http://%s/hostname")
                                    .formatted(address))
                            .out())
                    .startsWith("echo-");
              });
    }
  }

  @Test
  @Order(2)
  @DisplayName("With dataplane.interface, only that interface answers for an address")
  void the_configured_interface_answers() {
    // Given
    TestPool.create("segments", Cluster.ADDRESSES);
    int host = 201;
    for (String node : Cluster.nodes()) {
      Terminal.type(
          """
          ip link add %1$s-2 type veth peer name %2$s netns %1$s
          ip link set %1$s-2 master ballast-lan up
          ip -n %1$s link set %2$s up
          ip -n %1$s address add 198.18.0.%3$d/16 dev %2$s noprefixroute
          """
              .formatted(at(node), SECOND, host++));
    }
    try {
      // When
      install(SECOND);

      // Then
      Kubectl.apply(BackendPods.service(NAMESPACE, "confined"));
      String address = ServiceView.awaitAddress(NAMESPACE, "confined");
      ExternalClient.awaitAnswer(address, 80);
      String owner = BallastDeployment.owner(NAMESPACE, "confined");
      String mac = Cluster.macOf(owner, SECOND);
      assertThat(ClientNeighbors.resolve(address)).contains(mac);
      assertThat(ClientNeighbors.isAnsweredBy(mac, address)).isTrue();
      assertThat(ClientNeighbors.isAnsweredBy(Cluster.macOf(owner, "eth0"), address)).isFalse();
    } finally {
      install("");
    }
  }

  /** The network namespace of a node in the lab. */
  private static String at(String node) {
    return "ballast-" + node;
  }

  private static void install(String networkInterface) {
    Terminal.type(
        "helm upgrade ballast %s --reuse-values --set dataplane.interface=%s --wait --timeout=120s -n %s"
            .formatted(CHART, networkInterface, Cluster.NAMESPACE));
    BallastDeployment.awaitReady();
  }
}
