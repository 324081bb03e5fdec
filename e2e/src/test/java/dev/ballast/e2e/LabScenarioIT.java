package dev.ballast.e2e;

import static dev.ballast.e2e.Terminal.type;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** A tutorial on Kubernetes Services, typed as it stands, in the namespace default. */
@Order(1)
@DisplayName("LAB")
@Scenarios
class LabScenarioIT {

  private static final String NGINX = "Welcome to nginx!";
  private static final Duration A_MINUTE = Duration.ofSeconds(60);

  @BeforeAll
  static void someone_made_a_pool() {
    TestPool.create("lab", Cluster.ADDRESSES);
  }

  @AfterAll
  static void take_away_what_a_failed_step_left() {
    type("kubectl delete deployment web-app --ignore-not-found");
    type("kubectl delete svc web-clusterip web-lb web-sticky external-example --ignore-not-found");
    TestPool.delete("lab");
  }

  @Test
  @Order(1)
  @DisplayName("LAB step 1: three Pods of a Deployment are Ready, on different nodes")
  void three_pods_are_ready_on_different_nodes() {
    // When
    type("kubectl apply -f web-app.yaml");
    type("kubectl rollout status deployment web-app --timeout=120s");

    // Then
    type("kubectl get pods -l app=web -o wide");
    var pods = Kubectl.list("pods -l app=web");
    assertThat(pods).hasSize(3);
    assertThat(pods.stream().map(pod -> pod.at("/spec/nodeName").asText()).collect(toSet()))
        .hasSize(Math.min(3, Cluster.nodes().size()));
  }

  @Test
  @Order(2)
  @DisplayName("LAB step 2: a ClusterIP Service answers inside the cluster")
  void a_cluster_ip_answers_inside_the_cluster() {
    // When
    type("kubectl apply -f web-clusterip.yaml");

    // Then
    // a person repeats it when the Pod was over before kubectl could attach to it
    await()
        .atMost(A_MINUTE)
        .untilAsserted(
            () -> assertThat(curlInside("curl-test", "http://web-clusterip")).contains(NGINX));
  }

  @Test
  @Order(3)
  @DisplayName("LAB step 3: the EndpointSlice lists the three Pods' addresses")
  void the_endpoint_slice_lists_the_three_pods() {
    // When
    String slices = type("kubectl get endpointslices -l kubernetes.io/service-name=web-clusterip");

    // Then
    assertThat(slices).contains(podAddresses());
    assertThat(endpoints()).isEqualTo(podAddresses());
  }

  @Test
  @Order(4)
  @DisplayName("LAB step 4: endpoints leave as Pods terminate, new ones come when ready")
  void endpoints_follow_the_pods() {
    // Given
    Set<String> before = podAddresses();
    try (BackgroundCommand backgroundCommand =
        BackgroundCommand.start(
            "kubectl get endpointslices -l kubernetes.io/service-name=web-clusterip -w")) {
      await().atMost(A_MINUTE).until(() -> backgroundCommand.text().contains("web-clusterip"));

      // When
      type("kubectl delete pod -l app=web");
      type("kubectl rollout status deployment web-app --timeout=120s");

      // Then
      await()
          .atMost(A_MINUTE)
          .untilAsserted(
              () -> {
                Set<String> after = podAddresses();
                assertThat(after).hasSize(3).doesNotContainAnyElementsOf(before);
                assertThat(endpoints()).isEqualTo(after);
                assertThat(backgroundCommand.lines().getLast()).contains(after);
              });
      assertThat(backgroundCommand.lines()).hasSizeGreaterThan(2);
    }
  }

  @Test
  @Order(5)
  @DisplayName("LAB step 5: as a NodePort it answers at a node's address")
  void a_node_port_answers() {
    // When
    type("kubectl patch svc web-clusterip -p '{\"spec\":{\"type\":\"NodePort\"}}'");

    // Then
    int port = Kubectl.get("service web-clusterip").at("/spec/ports/0/nodePort").asInt();
    String node = Cluster.addressOf(Cluster.nodes().getLast());
    await()
        .atMost(A_MINUTE)
        .untilAsserted(
            () ->
                assertThat(ExternalClient.get("http://%s:%d/".formatted(node, port)).body())
                    .contains(NGINX));
  }

  @Test
  @Order(6)
  @DisplayName(
      "LAB step 6: a LoadBalancer Service gets an address that answers from all three Pods")
  void a_load_balancer_gets_an_address_that_answers_from_all_three_pods() {
    // Given
    try (BackgroundCommand backgroundCommand =
        BackgroundCommand.start("kubectl get svc --field-selector=metadata.name=web-lb -w")) {
      await().pollDelay(Duration.ofSeconds(1)).until(backgroundCommand::isRunning);

      // When
      type("kubectl apply -f web-lb.yaml");

      // Then
      String address = ServiceView.awaitAddress("default", "web-lb");
      assertThat(Cluster.ADDRESSES.contains(address)).as(address).isTrue();
      await()
          .untilAsserted(
              () ->
                  assertThat(
                          backgroundCommand
                              .text()
                              .lines()
                              .filter(line -> line.startsWith("web-lb")))
                      .anySatisfy(line -> assertThat(line).contains("<pending>"))
                      .last()
                      .asString()
                      .containsPattern("\\b%s\\b.*\\b80:3\\d{4}/TCP".formatted(address)));
    }
    assertThat(ExternalClient.get(externalUrl("web-lb")).body()).contains(NGINX);
    assertThat(whoAnswers(externalUrl("web-lb"), 30)).hasSize(3);
  }

  @Test
  @Order(7)
  @DisplayName("LAB step 6: kubectl describe loadbalancer lists the backends with their health")
  void describe_lists_the_backends_with_their_health() {
    await()
        .atMost(A_MINUTE)
        .untilAsserted(
            () -> {
              // When
              Terminal.Output description = Terminal.run("kubectl describe loadbalancer web-lb");

              // Then
              assertThat(description.out()).contains(podAddresses()).contains("3/3");
              assertThat(description.out().split("State:\\s+Healthy", -1)).hasSize(4);
            });
    type("kubectl get loadbalancer web-lb");
  }

  @Test
  @Order(8)
  @DisplayName("LAB step 7: an ExternalName Service is a CNAME")
  void an_external_name_is_a_cname() {
    // When
    type("kubectl apply -f external-example.yaml");

    // Then
    await()
        .atMost(A_MINUTE)
        .untilAsserted(
            () ->
                assertThat(
                        Terminal.run(
                                "kubectl run dns-test --rm -i --image=busybox:1.36 --restart=Never"
                                    + " -- nslookup external-example.default.svc.cluster.local")
                            .out())
                    .containsPattern("canonical name = kubernetes\\.io"));
  }

  @Test
  @Order(9)
  @DisplayName("LAB step 8: sessionAffinity ClientIP keeps a client at its Pod inside the cluster")
  void a_sticky_service_keeps_a_client_at_its_pod_inside() {
    // When
    type("kubectl apply -f web-sticky.yaml");

    // Then
    String token =
        await().atMost(A_MINUTE).until(LabScenarioIT::tenFromOneClient, it -> !it.isEmpty());
    assertThat(requestsByPod(token, 10)).hasSize(1);
  }

  @Test
  @Order(10)
  @DisplayName(
      "LAB step 8: sessionAffinity ClientIP also keeps a client outside the cluster at its Pod")
  void a_sticky_service_keeps_a_client_at_its_pod_outside() {
    // When
    type("kubectl patch svc web-sticky -p '{\"spec\":{\"type\":\"LoadBalancer\"}}'");

    // Then
    ServiceView.awaitAddress("default", "web-sticky");
    assertThat(whoAnswers(externalUrl("web-sticky"), 10)).hasSize(1);
  }

  @Test
  @Order(11)
  @DisplayName("LAB step 9: after the deletions nothing is left")
  void nothing_is_left() {
    // When
    type("kubectl delete deployment web-app");
    type("kubectl delete svc web-clusterip web-lb web-sticky external-example");

    // Then
    assertThat(Kubectl.names("addresses.ballast.dev")).noneMatch(Cluster.ADDRESSES::contains);
    assertThat(Kubectl.names("loadbalancers.ballast.dev -n default")).isEmpty();
    assertThat(Kubectl.names("services -n default")).noneMatch(name -> name.contains("/web-"));
    assumeThat(NodeLeftovers.canBeSeen()).as("this machine has a way onto the nodes").isTrue();
    assertThat(NodeLeftovers.of(Cluster.ADDRESSES)).isEmpty();
  }

  /** Requests with a token of their own, counted by the Pods that they came to. */
  private static Map<String, Long> whoAnswers(String url, int times) {
    String token = token();
    assertThat(ExternalClient.getTimes(times, url + "?" + token))
        .extracting(ExternalClient.HttpAnswer::status)
        .containsOnly(200);
    return requestsByPod(token, times);
  }

  private static Map<String, Long> requestsByPod(String token, int times) {
    Map<String, Long> requests =
        await()
            .atMost(Duration.ofSeconds(20))
            .until(
                () -> AccessLogs.requestsByPod("app=web", token),
                found -> AccessLogs.sum(found) == times);
    requests.forEach((pod, count) -> System.out.println("    " + count + " answers from " + pod));
    return requests;
  }

  private static String token() {
    return "try-" + Long.toString(System.nanoTime(), 36);
  }

  private static String curlInside(String pod, String arguments) {
    String command =
        "kubectl run %s --rm -i --image=curlimages/curl --restart=Never -- -sS %s"
            .formatted(pod, arguments);
    Terminal.show(command);
    return Terminal.run(command).out();
  }

  /** The token of ten requests, each on a connection of its own; empty if not all were answered. */
  private static String tenFromOneClient() {
    String token = token();
    String pages =
        curlInside(
            "sticky-test",
            "-H 'Connection: close' 'http://web-sticky/?%s-[1-10]'".formatted(token));
    return pages.split(NGINX, -1).length == 21 ? token : "";
  }

  private static String externalUrl(String service) {
    return "http://%s/".formatted(ServiceView.of("default", service).address().orElseThrow());
  }

  private static Set<String> podAddresses() {
    return Kubectl.list("pods -l app=web").stream()
        .filter(pod -> !pod.at("/metadata").has("deletionTimestamp"))
        .map(pod -> pod.at("/status/podIP").asText())
        .collect(toSet());
  }

  private static Set<String> endpoints() {
    return Kubectl.list("endpointslices -l kubernetes.io/service-name=web-clusterip").stream()
        .flatMap(slice -> Kubectl.elements(slice.path("endpoints")).stream())
        .filter(endpoint -> endpoint.at("/conditions/ready").asBoolean())
        .map(endpoint -> endpoint.at("/addresses/0").asText())
        .collect(toSet());
  }
}
