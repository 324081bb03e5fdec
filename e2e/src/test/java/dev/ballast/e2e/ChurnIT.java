package dev.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** One Service that is deleted and created many times. */
@Order(5)
@DisplayName("Repeated creation")
@Scenarios
class ChurnIT {

  private static final String NAMESPACE = "ballast-e2e-churn";
  private static final int TIMES = 200;

  @BeforeAll
  static void a_pool_and_a_pod() {
    TestPool.create("churn", Cluster.ADDRESSES);
    BackendPods.namespace(NAMESPACE);
    BackendPods.deploy(NAMESPACE, 1);
  }

  @AfterAll
  static void remove_them() {
    BackendPods.deleteNamespace(NAMESPACE);
    TestPool.delete("churn");
  }

  @Test
  @DisplayName("A Service that is deleted and created 200 times leaves nothing behind")
  void a_service_made_and_deleted_many_times_leaves_nothing() {
    // When: deleted at once, with its address just published, and after an answer, by turns
    for (int i = 1; i <= TIMES; i++) {
      Terminal.quietly(
          "kubectl create -f - <<'END'\n" + BackendPods.service(NAMESPACE, "churn") + "END");
      if (i % 3 != 0) {
        Terminal.quietly(
            "kubectl wait svc/churn --for=jsonpath='{.status.loadBalancer.ingress[0].ip}' --timeout=30s -n "
                + NAMESPACE);
      }
      if (i % 3 == 2) {
        String address = ServiceView.of(NAMESPACE, "churn").address().orElseThrow();
        assertThat(ExternalClient.get("http://%s/hostname".formatted(address)).status())
            .as("round %d", i)
            .isEqualTo(200);
      }
      Terminal.quietly("kubectl delete svc churn --timeout=30s -n " + NAMESPACE);
    }

    // Then
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> {
              assertThat(Kubectl.names("loadbalancers.ballast.dev -A"))
                  .doesNotContain(NAMESPACE + "/churn");
              assertThat(Kubectl.names("addresses.ballast.dev"))
                  .noneMatch(Cluster.ADDRESSES::contains);
            });
    assumeThat(NodeLeftovers.canBeSeen()).as("this machine has a way onto the nodes").isTrue();
    assertThat(NodeLeftovers.of(Cluster.ADDRESSES)).isEmpty();
  }
}
