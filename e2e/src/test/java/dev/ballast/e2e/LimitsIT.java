package dev.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
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

/** The limits and timeouts of a Service, set by annotations. */
@Order(16)
@DisplayName("Limits and timeouts")
@Tag("feature:limits")
@Scenarios
class LimitsIT {

  private static final String NAMESPACE = "ballast-e2e-limits";
  private static final String RATE = "ballast.dev/max-new-connections-per-second";
  private static final String LIMITED = "ballast.dev/Limited";

  @BeforeAll
  static void a_pool_and_backends() {
    TestPool.create("limits", Cluster.ADDRESSES);
    BackendPods.namespace(NAMESPACE);
    BackendPods.deploy(NAMESPACE, 2);
  }

  @AfterEach
  void delete_services() {
    Terminal.type("kubectl delete svc --all -n " + NAMESPACE);
  }

  @AfterAll
  static void remove_them() {
    BackendPods.deleteNamespace(NAMESPACE);
    TestPool.delete("limits");
  }

  @Test
  @Tag("feature:status")
  @DisplayName("Connections beyond the limit of a Service are rejected, and the Service says so")
  void a_limit_is_visible_and_can_be_lifted() {
    // Given
    Kubectl.apply(BackendPods.service(NAMESPACE, "limited"));
    String address = ServiceView.awaitAddress(NAMESPACE, "limited");
    ExternalClient.awaitAnswer(address, 80);

    // When
    Terminal.type("kubectl annotate svc limited %s=1 -n %s".formatted(RATE, NAMESPACE));

    // Then
    await()
        .atMost(Duration.ofMinutes(1))
        .pollInterval(Duration.ofMillis(100))
        .untilAsserted(
            () -> {
              statuses(address, 10);
              assertThat(view().verdict(LIMITED)).isEqualTo("True ConnectionsRejected");
            });
    // The next second has a connection again.
    await().untilAsserted(() -> assertThat(statuses(address, 1)).containsOnly(200));
    assertThat(statuses(address, 20)).contains(0);
    assertThat(view().message(LIMITED)).contains(RATE);
    assertThat(events()).containsOnlyOnce("Warning ConnectionsRejected");

    // And without the limit, all are answered
    Terminal.type("kubectl annotate svc limited %s- -n %s".formatted(RATE, NAMESPACE));
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(statuses(address, 20)).containsOnly(200));
  }

  @Test
  @DisplayName("The default of a namespace ends idle connections, and a Service overrides it")
  void an_idle_timeout_of_the_namespace() {
    // Given
    Kubectl.apply(BackendPods.service(NAMESPACE, "idle"));
    String address = ServiceView.awaitAddress(NAMESPACE, "idle");
    ExternalClient.awaitAnswer(address, 80);

    // When
    Terminal.type("kubectl annotate namespace %s ballast.dev/idle-timeout=2s".formatted(NAMESPACE));

    // Then
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(idle(address, 6)).contains("reset"));
    Terminal.type(
        "kubectl annotate svc idle ballast.dev/idle-timeout=1h -n %s".formatted(NAMESPACE));
    await()
        .atMost(Duration.ofSeconds(40))
        .untilAsserted(() -> assertThat(idle(address, 6)).doesNotContain("reset"));
    Terminal.type("kubectl annotate namespace %s ballast.dev/idle-timeout-".formatted(NAMESPACE));
  }

  private static ServiceView view() {
    return ServiceView.of(NAMESPACE, "limited");
  }

  /** The HTTP status of each request; 0 for a connection that was reset. */
  private static List<Integer> statuses(String address, int requests) {
    return ExternalClient.getTimes(requests, "http://%s/hostname".formatted(address)).stream()
        .map(ExternalClient.HttpAnswer::status)
        .toList();
  }

  /** What the kernel says of a connection on which nothing is sent for so long. */
  private static String idle(String address, int seconds) {
    return Terminal.run(
            "%s timeout %d bash -c 'exec 3<>/dev/tcp/%s/80; cat <&3'"
                .formatted(Cluster.OUTSIDE, seconds, address))
        .err();
  }

  private static List<String> events() {
    return Kubectl.list("events.v1.events.k8s.io -n " + NAMESPACE).stream()
        .filter(event -> event.at("/regarding/name").asText().equals("limited"))
        .map(event -> event.path("type").asText() + " " + event.path("reason").asText())
        .toList();
  }
}
