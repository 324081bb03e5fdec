package dev.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.operator.service.settings.InstallationDefaults;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two replicas with leader election. A replica that loses it without being stopped exits. */
class LeaderElectionTest extends ApiServerTest {

  private BallastOperator first;
  private boolean firstStopped;
  private BallastOperator second;
  private FakeDataPlane dataPlane;

  LeaderElectionTest(KubernetesClient client) {
    super(client);
  }

  @BeforeEach
  void start() throws IOException {
    first =
        startOperator(
            new OperatorSettings(namespace, "first", true, true, 0, "", InstallationDefaults.NONE));
    await().untilAsserted(() -> assertThat(leader()).isEqualTo("first"));
    second =
        startOperator(
            new OperatorSettings(
                namespace, "second", true, true, 0, "", InstallationDefaults.NONE));
    dataPlane = new FakeDataPlane(client);
  }

  @AfterEach
  void stop() {
    clear();
    stopFirst();
    second.stop();
    dataPlane.close();
  }

  @Test
  void only_the_leader_writes_and_the_next_leader_takes_over_at_once_without_moving_an_address() {
    // Given
    pool("192.0.2.10-192.0.2.40");
    List<String> names = IntStream.range(0, 10).mapToObj(i -> "web-" + i).toList();
    names.forEach(name -> create(loadBalancer(name, 80)));
    await()
        .untilAsserted(
            () -> assertThat(names).allSatisfy(name -> assertThat(ingress(name)).isPresent()));
    List<String> before = names.stream().map(name -> ingress(name).orElseThrow().getIp()).toList();
    assertThat(writers()).containsOnly("first");

    // When
    stopFirst();

    // Then
    create(loadBalancer("afterwards", 80));
    Awaitility.await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() -> assertThat(ingress("afterwards")).isPresent());
    assertThat(leader()).isEqualTo("second");
    assertThat(names.stream().map(name -> ingress(name).orElseThrow().getIp()).toList())
        .isEqualTo(before);
    assertThat(addresses()).hasSize(11);
    await().untilAsserted(() -> assertThat(writers()).contains("second"));
    assertThat(
            ourEvents().stream()
                .filter(event -> event.getReportingInstance().equals("second"))
                .map(event -> event.getRegarding().getName()))
        .as("the new leader has no news of what is settled")
        .containsOnly("afterwards");
  }

  private void stopFirst() {
    if (!firstStopped) {
      firstStopped = true;
      first.stop();
    }
  }

  private String leader() {
    Lease lease = client.leases().inNamespace(namespace).withName("ballast-operator").get();
    return Objects.requireNonNullElse(lease.getSpec().getHolderIdentity(), "");
  }

  private List<String> writers() {
    return ourEvents().stream().map(Event::getReportingInstance).distinct().toList();
  }
}
