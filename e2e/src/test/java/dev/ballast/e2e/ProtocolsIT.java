package dev.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Protocols and ports of a Service. */
@Order(6)
@DisplayName("Protocols and ports")
@Tag("feature:protocols")
@Scenarios
class ProtocolsIT {

  private static final String NAMESPACE = "ballast-e2e-protocols";
  private static final Duration SOON = Duration.ofSeconds(20);

  /** The port at which the Pods answer datagrams. */
  private static final int UDP = 8081;

  @BeforeAll
  static void a_pool_and_three_pods() {
    TestPool.create("protocols", Cluster.ADDRESSES);
    BackendPods.namespace(NAMESPACE);
    BackendPods.deploy(NAMESPACE, 3);
  }

  @AfterAll
  static void remove_them() {
    BackendPods.deleteNamespace(NAMESPACE);
    TestPool.delete("protocols");
  }

  @Test
  @DisplayName("All Pods answer datagrams to a UDP port")
  void datagrams_are_answered_by_all_pods() {
    // When
    Kubectl.apply(service("udp", "{name: echo, port: 7, protocol: UDP, targetPort: %d}", UDP));

    // Then
    String address = ServiceView.awaitAddress(NAMESPACE, "udp");
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(ExternalClient.datagram(address, 7, "echo hello")).isEqualTo("hello"));
    assertThat(whoAnswersDatagrams(address, 7, 20)).hasSize(3);
  }

  @Test
  @DisplayName("The datagrams of one flow go to one Pod, and to another Pod once that one is gone")
  void a_flow_stays_at_its_pod_and_moves_when_that_is_gone() {
    // Given
    Kubectl.apply(service("flow", "{name: echo, port: 7, protocol: UDP, targetPort: %d}", UDP));
    String address = ServiceView.awaitAddress(NAMESPACE, "flow");
    await().atMost(SOON).until(() -> !ExternalClient.datagram(address, 7, "hostname").isEmpty());
    try (BackgroundCommand flow = datagrams(address, 7)) {
      IntStream.range(0, 5).forEach(i -> flow.send("hostname\n"));
      await().atMost(SOON).until(() -> flow.lines().size() >= 5);
      Set<String> pods = Set.copyOf(flow.lines());
      assertThat(pods).hasSize(1);
      String pod = pods.iterator().next();

      // When
      Terminal.type("kubectl delete pod %s -n %s".formatted(pod, NAMESPACE));

      // Then
      await()
          .atMost(SOON)
          .pollInterval(Duration.ofSeconds(1))
          .untilAsserted(
              () -> {
                flow.send("hostname\n");
                assertThat(flow.lines().getLast()).startsWith("echo-").isNotEqualTo(pod);
              });
    }
    Terminal.type("kubectl rollout status deployment echo --timeout=60s -n " + NAMESPACE);
  }

  @Test
  @DisplayName("TCP and UDP share one port number")
  void tcp_and_udp_share_one_port_number() {
    // When
    Kubectl.apply(
        service(
            "both",
            "{name: tcp, port: 53, protocol: TCP, targetPort: 8080},"
                + " {name: udp, port: 53, protocol: UDP, targetPort: %d}",
            UDP));

    // Then
    String address = ServiceView.awaitAddress(NAMESPACE, "both");
    ExternalClient.awaitAnswer(address, 53);
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(ExternalClient.datagram(address, 53, "hostname")).startsWith("echo-"));
  }

  @Test
  @DisplayName("A named targetPort has a different number in each Pod, and both answer")
  void a_named_target_port_differs_between_pods() {
    // Given
    Kubectl.apply(namedPort("low", 8080) + "---\n" + namedPort("high", 9090));
    Terminal.type(
        "kubectl wait pod -l app=named --for=condition=Ready --timeout=60s -n " + NAMESPACE);

    // When
    Kubectl.apply(
        service("named", "{name: http, port: 80, targetPort: web}")
            .replace("app: echo", "app: named"));

    // Then
    String address = ServiceView.awaitAddress(NAMESPACE, "named");
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(ExternalClient.whoAnswers(address, 8))
                    .containsExactlyInAnyOrder("named-low", "named-high"));
  }

  @Test
  @DisplayName("Renumbering one port of a Service leaves the connections of the other ports alone")
  void a_renumbered_port_leaves_the_others_alone() {
    // Given
    Kubectl.apply(BackendPods.service(NAMESPACE, "renumbered", 81));
    String address = ServiceView.awaitAddress(NAMESPACE, "renumbered");
    ExternalClient.awaitAnswer(address, 80);
    ExternalClient.awaitAnswer(address, 81);
    try (BackgroundCommand connection = ExternalClient.connect(address, 80)) {
      connection.send(request(address));
      await().atMost(SOON).until(() -> answers(connection) == 1);

      // When
      patch("renumbered", "replace", "/spec/ports/1/port", "82");

      // Then
      ExternalClient.awaitAnswer(address, 82);
      await()
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThat(
                          ExternalClient.get("http://%s:81/hostname".formatted(address), 1)
                              .status())
                      .isZero());
      connection.send(request(address));
      await().atMost(SOON).until(() -> answers(connection) == 2);
      assertThat(connection.isRunning()).isTrue();
    }
  }

  @Test
  @DisplayName("A port that is added to a Service answers, and a port that is removed stops")
  void ports_are_added_and_removed() {
    // Given
    Kubectl.apply(BackendPods.service(NAMESPACE, "growing", 81));
    String address = ServiceView.awaitAddress(NAMESPACE, "growing");
    ExternalClient.awaitAnswer(address, 81);

    // When
    patch("growing", "add", "/spec/ports/-", "{\"name\":\"new\",\"port\":83,\"targetPort\":8080}");
    patch("growing", "remove", "/spec/ports/1", "null");

    // Then
    ExternalClient.awaitAnswer(address, 83);
    ExternalClient.awaitAnswer(address, 80);
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(
                        ExternalClient.get("http://%s:81/hostname".formatted(address), 1).status())
                    .isZero());
  }

  @Test
  @Tag("feature:status")
  @DisplayName("An SCTP port reports an error with a reason, and the TCP port next to it answers")
  void an_sctp_port_has_an_error_and_the_tcp_port_answers() {
    // When
    Kubectl.apply(
        service(
            "sctp",
            "{name: http, port: 80, targetPort: 8080},"
                + " {name: diameter, port: 3868, protocol: SCTP, targetPort: 3868}"));

    // Then
    ExternalClient.awaitAnswer(ServiceView.awaitAddress(NAMESPACE, "sctp"), 80);
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              ServiceView service = ServiceView.of(NAMESPACE, "sctp");
              assertThat(service.ports())
                  .filteredOn(port -> port.path("protocol").asText().equals("SCTP"))
                  .singleElement()
                  .satisfies(port -> assertThat(error(port)).startsWith("ballast.dev/"));
              assertThat(service.ports())
                  .filteredOn(port -> port.path("protocol").asText().equals("TCP"))
                  .allSatisfy(port -> assertThat(error(port)).isEmpty());
              assertThat(service.verdict("LoadBalancerPortsError")).startsWith("True ");
              assertThat(service.message("LoadBalancerPortsError")).contains("3868");
            });
  }

  @Test
  @Tag("feature:traffic")
  @DisplayName("A Service without node ports answers at its address")
  void a_service_without_node_ports_answers() {
    // When
    Kubectl.apply(
        BackendPods.service(NAMESPACE, "no-node-ports")
            + "  allocateLoadBalancerNodePorts: false\n");

    // Then
    ExternalClient.awaitAnswer(ServiceView.awaitAddress(NAMESPACE, "no-node-ports"), 80);
    assertThat(ServiceView.of(NAMESPACE, "no-node-ports").service().at("/spec/ports/0/nodePort"))
        .isInstanceOf(MissingNode.class);
  }

  private static String service(String name, String ports, Object... arguments) {
    return """
    apiVersion: v1
    kind: Service
    metadata: {name: %s, namespace: %s}
    spec:
      type: LoadBalancer
      selector: {app: echo}
      ports: [%s]
    """
        .formatted(name, NAMESPACE, ports.formatted(arguments));
  }

  private static String namedPort(String name, int port) {
    return """
    apiVersion: v1
    kind: Pod
    metadata: {name: named-%1$s, namespace: %2$s, labels: {app: named}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: web
          image: registry.k8s.io/e2e-test-images/agnhost:2.56
          args: [netexec, --http-port=%3$d, --udp-port=-1]
          ports: [{name: web, containerPort: %3$d}]
    """
        .formatted(name, NAMESPACE, port);
  }

  private static void patch(String service, String operation, String path, String value) {
    Terminal.type(
        "kubectl patch svc %s -n %s --type=json -p '[{\"op\":\"%s\",\"path\":\"%s\",\"value\":%s}]'"
            .formatted(service, NAMESPACE, operation, path, value));
  }

  private static Set<String> whoAnswersDatagrams(String address, int port, int times) {
    return IntStream.range(0, times)
        .mapToObj(i -> ExternalClient.datagram(address, port, "hostname"))
        .collect(Collectors.toSet());
  }

  /** One socket; each line sent is a datagram, each answer a line. */
  private static BackgroundCommand datagrams(String address, int port) {
    return BackgroundCommand.start(
        ("%s bash -c 'exec 3<>/dev/udp/%s/%d;"
                + " while :; do dd bs=2000 count=1 <&3 2>/dev/null && echo; done &"
                + " while read -r line; do printf %%s \"$line\" >&3; done'")
            .formatted(Cluster.OUTSIDE, address, port)
            .strip());
  }

  private static String error(JsonNode port) {
    return port.path("error").asText("");
  }

  private static String request(String host) {
    return "GET /hostname HTTP/1.1\r\nHost: %s\r\n\r\n".formatted(host);
  }

  private static int answers(BackgroundCommand connection) {
    return connection.text().split("HTTP/1\\.1 200 OK", -1).length - 1;
  }
}
