package dev.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Connections that a node rejects, as the data plane reports them. */
@Tag("feature:limits")
class RejectedConnectionsTest extends OperatorTest {

  RejectedConnectionsTest(KubernetesClient client) {
    super(client);
  }

  @Test
  void a_service_has_the_condition_and_one_event_while_a_node_rejects_connections() {
    // Given
    pool("192.0.2.10");
    create(loadBalancer("web", 80));
    await().untilAsserted(() -> assertThat(published("web")).isEqualTo("192.0.2.10"));
    assertThat(condition("web", "ballast.dev/Limited")).isEmpty();

    // When
    dataPlane.setRejecting(true);

    // Then
    await()
        .untilAsserted(
            () ->
                assertThat(condition("web", "ballast.dev/Limited").orElseThrow().getMessage())
                    .isEqualTo(FakeDataPlane.REJECTING));
    await().untilAsserted(() -> assertThat(eventReasons()).containsOnlyOnce("ConnectionsRejected"));
    dataPlane.setRejecting(false);
    await().untilAsserted(() -> assertThat(condition("web", "ballast.dev/Limited")).isEmpty());
    assertThat(published("web")).isEqualTo("192.0.2.10");
  }
}
