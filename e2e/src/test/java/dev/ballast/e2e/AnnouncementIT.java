package dev.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who answers for an address on the LAN, whatever else is configured on the nodes. */
@Order(14)
@DisplayName("Announcements")
@Tag("feature:address")
@Scenarios
class AnnouncementIT {

  private static final String NAMESPACE = "ballast-e2e-announcements";
  private static final Duration SOON = Duration.ofSeconds(30);

  /** Within it a node repairs what another program removed. */
  private static final Duration SECONDS = Duration.ofSeconds(5);

  /** No daemon of the nodes has it. */
  private static final int FREE = 8000;

  /** An address that a node has on an interface, as kube-vip and keepalived do. */
  private static final String VIP = Ipv4Range.text(Cluster.ADDRESSES.first() + 40);

  @BeforeAll
  static void a_pool_two_pods_and_daemons_on_the_nodes() {
    assumeThat(Cluster.isLab()).as("nodes that a test can reconfigure").isTrue();
    TestPool.create("announcements", Cluster.ADDRESSES);
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
      TestPool.delete("announcements");
    }
  }

  @Test
  @Order(1)
  @DisplayName("An address answers although the nodes' kernels answer ARP strictly")
  void strict_arp_does_not_matter() {
    // Given
    String address = aService("strict");
    try {
      sysctlOnAllNodes("net.ipv4.conf.all.arp_ignore=1", "net.ipv4.conf.all.arp_announce=2");

      // When
      Optional<String> mac = ClientNeighbors.resolve(address);

      // Then
      assertThat(mac).contains(Cluster.macOf(nodeOf("strict"), "eth0"));
      ExternalClient.awaitAnswer(address, FREE);
    } finally {
      sysctlOnAllNodes("net.ipv4.conf.all.arp_ignore=0", "net.ipv4.conf.all.arp_announce=0");
    }
  }

  @Test
  @Order(2)
  @Tag("feature:faults")
  @DisplayName("A route that another program deletes is restored within seconds, and counted")
  void a_deleted_route_is_restored() {
    // Given
    String address = aService("rerouted");
    String node = nodeOf("rerouted");
    double restored = BallastDeployment.metric(node, "ballast_routes_restored_total");

    // When
    Cluster.typeOn(node, "ip route del local %s dev lo table local".formatted(address));

    // Then
    await()
        .atMost(SECONDS)
        .until(
            () ->
                ExternalClient.get("http://%s:%d/hostname".formatted(address, FREE), 1)
                    .body()
                    .startsWith("echo-"));
    BallastDeployment.awaitMetric(node, "ballast_routes_restored_total", restored + 1);
  }

  @Test
  @Order(3)
  @Tag("feature:faults")
  @DisplayName(
      "After a data plane is killed and does not return, another node answers, and no daemon")
  void no_daemon_answers_instead_of_a_dead_data_plane() {
    // Given: a kubelet that hangs, so that nobody starts the process again
    String address = aService("dead");
    String node = nodeOf("dead");
    JsonNode dataPlane = BallastDeployment.dataPlaneOn(node);
    Cluster.typeOn(node, "bash -c 'kill -STOP $(pidof kubelet)'");
    try {
      // When
      BallastDeployment.kill(dataPlane);

      // Then
      ExternalClient.awaitAnswer(address, FREE);
      assertThat(List.of(22, 80, 7474))
          .allSatisfy(
              port ->
                  assertThat(ExternalClient.connectError(address, port))
                      .as("port %d", port)
                      .containsAnyOf("Connection refused", "timed out", "No route to host"));
      assertThat(ClientNeighbors.resolve(address))
          .isPresent()
          .isNotEqualTo(Optional.of(Cluster.macOf(node, "eth0")));
    } finally {
      Cluster.typeOn(node, "bash -c 'kill -CONT $(pidof kubelet)'");
    }

    // And the node is a member again when the kubelet has started the process, at last
    await()
        .atMost(Duration.ofMinutes(2))
        .ignoreExceptions()
        .until(
            () ->
                Cluster.nodes().stream()
                    .allMatch(
                        it ->
                            BallastDeployment.metric(it, "ballast_members")
                                == Cluster.nodes().size()));
    ExternalClient.awaitAnswer(address, FREE);
    BallastDeployment.awaitReady();
  }

  @Test
  @Order(4)
  @Tag("feature:status")
  @DisplayName("An address that another node has on an interface is not announced, but reported")
  void a_virtual_ip_of_another_node_is_left_alone() {
    String owner = ownerOfTheVip();
    String other =
        Cluster.nodes().stream().filter(it -> !it.equals(owner)).findFirst().orElseThrow();
    theVipIsLeftTo(other, Cluster.macOf(other, "eth0"));
  }

  @Test
  @Order(5)
  @Tag("feature:status")
  @DisplayName(
      "An address that the owner itself has on an interface is not announced, but reported")
  void a_virtual_ip_of_the_owner_is_left_alone() {
    theVipIsLeftTo(ownerOfTheVip(), "eth0");
  }

  /** The node that would announce the address. */
  private static String ownerOfTheVip() {
    Kubectl.apply(wishing("first"));
    await().atMost(SOON).until(() -> !nodeOf("first").isEmpty());
    String owner = nodeOf("first");
    Terminal.type("kubectl delete svc first -n " + NAMESPACE);
    await().atMost(SOON).until(() -> ClientNeighbors.resolve(VIP).isEmpty());
    return owner;
  }

  /** Which part of the holder the condition names, besides the node. */
  private static void theVipIsLeftTo(String holder, String part) {
    // Given
    Cluster.typeOn(holder, "ip address add %s/32 dev eth0".formatted(VIP));
    try {
      // When
      Kubectl.apply(wishing("second"));

      // Then
      await()
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThat(ServiceView.of(NAMESPACE, "second").verdict("ballast.dev/Announced"))
                      .isEqualTo("False AddressInUse"));
      assertThat(ServiceView.of(NAMESPACE, "second").message("ballast.dev/Announced"))
          .contains(VIP, holder, part);
      assertThat(ServiceView.of(NAMESPACE, "second").address()).isEmpty();
      assertThat(ClientNeighbors.resolve(VIP)).contains(Cluster.macOf(holder, "eth0"));
      assertThat(ExternalClient.get("http://%s/".formatted(VIP)).body())
          .contains(NodeDaemons.ANSWER);
    } finally {
      Cluster.typeOn(holder, "ip address del %s/32 dev eth0".formatted(VIP));
    }
  }

  private static String aService(String name) {
    Kubectl.apply(BackendPods.serviceWithPorts(NAMESPACE, name, FREE));
    String address = ServiceView.awaitAddress(NAMESPACE, name);
    ExternalClient.awaitAnswer(address, FREE);
    return address;
  }

  private static String wishing(String name) {
    return BackendPods.serviceWithPorts(NAMESPACE, name, FREE)
        .replace(
            "namespace: " + NAMESPACE + "}",
            "namespace: %s, annotations: {ballast.dev/address: %s}}".formatted(NAMESPACE, VIP));
  }

  private static String nodeOf(String service) {
    return BallastDeployment.owner(NAMESPACE, service);
  }

  private static void sysctlOnAllNodes(String... settings) {
    Cluster.nodes()
        .forEach(node -> Cluster.typeOn(node, "sysctl -qw " + String.join(" ", settings)));
  }
}
