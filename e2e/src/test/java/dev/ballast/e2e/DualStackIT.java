package dev.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** IPv4, IPv6 and dual-stack Services. */
@Order(9)
@DisplayName("Dual stack")
@Tag("feature:families")
@Scenarios
class DualStackIT {

  private static final String NAMESPACE = "ballast-e2e-families";
  private static final Duration SOON = Duration.ofSeconds(30);

  @BeforeAll
  static void a_pool_of_each_family_and_two_pods() {
    Optional<String> addresses6 = Cluster.addresses6();
    assumeThat(addresses6).as("the cluster is dual-stack, with IPv6 addresses to give").isPresent();
    TestPool.create("families-4", Cluster.ADDRESSES);
    Kubectl.apply(TestPool.manifest("families-6", addresses6.orElseThrow()));
    BackendPods.namespace(NAMESPACE);
    BackendPods.deploy(NAMESPACE, 2);
  }

  @AfterAll
  static void remove_them() {
    Terminal.quietly("kubectl delete svc --all -n " + NAMESPACE);
    Terminal.quietly("kubectl delete namespace --ignore-not-found --wait=false " + NAMESPACE);
    TestPool.delete("families-4");
    TestPool.delete("families-6");
  }

  @Test
  @DisplayName("An IPv6 Service gets an IPv6 address, and all Pods answer")
  void an_ipv6_service_answers() {
    // When
    Kubectl.apply(BackendPods.service(NAMESPACE, "six") + "  ipFamilies: [IPv6]\n");

    // Then
    String address = ServiceView.awaitAddress(NAMESPACE, "six");
    assertThat(address).contains(":");
    ExternalClient.awaitAnswer(address, 80);
    assertThat(ExternalClient.whoAnswers(address, 10)).hasSize(2);
  }

  @Test
  @Tag("feature:protocols")
  @DisplayName("Datagrams to an IPv6 address are answered")
  void datagrams_over_ipv6_are_answered() {
    // When
    Kubectl.apply(
        BackendPods.service(NAMESPACE, "six-udp")
                .replace("targetPort: 8080}", "targetPort: 8081, protocol: UDP}")
            + "  ipFamilies: [IPv6]\n");

    // Then
    String address = ServiceView.awaitAddress(NAMESPACE, "six-udp");
    await()
        .atMost(SOON)
        .until(() -> ExternalClient.datagram(address, 80, "echo six"), "six"::equals);
  }

  @Test
  @DisplayName("A RequireDualStack Service gets an address of each family, and both answer")
  void a_service_of_both_families_has_two_addresses() {
    // When
    Kubectl.apply(BackendPods.service(NAMESPACE, "both") + "  ipFamilyPolicy: RequireDualStack\n");

    // Then
    awaitFamilies("both", 2);
    assertThat(addresses("both").getFirst()).as("in the order of ipFamilies").contains(".");
    addresses("both").forEach(address -> ExternalClient.awaitAnswer(address, 80));
  }

  @Test
  @DisplayName(
      "A second family is added to a Service and removed again; the first address does not change")
  void a_family_is_added_and_taken_away() {
    // Given
    Kubectl.apply(BackendPods.service(NAMESPACE, "changing") + "  ipFamilyPolicy: SingleStack\n");
    String first = ServiceView.awaitAddress(NAMESPACE, "changing");
    ExternalClient.awaitAnswer(first, 80);
    try (TrafficProber client = TrafficProber.start("http://%s/hostname".formatted(first))) {

      // When
      patchPolicy("PreferDualStack");

      // Then
      awaitFamilies("changing", 2);
      assertThat(addresses("changing")).startsWith(first);
      ExternalClient.awaitAnswer(addresses("changing").getLast(), 80);

      // And back
      patchPolicy("SingleStack");
      awaitFamilies("changing", 1);
      assertThat(addresses("changing")).containsExactly(first);
      assertThat(client.stop().failures()).isEmpty();
    }
  }

  @Test
  @Tag("feature:status")
  @DisplayName(
      "A Service stays pending when no pool has its IP family, and the Event names the family")
  void a_pool_without_the_family_is_told() {
    // When
    Kubectl.apply(
        BackendPods.service(NAMESPACE, "no-six")
                .replace(
                    "{name: no-six,", "{name: no-six, annotations: {ballast.dev/pool: families-4},")
            + "  ipFamilies: [IPv6]\n");

    // Then
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              ServiceView service = ServiceView.of(NAMESPACE, "no-six");
              assertThat(service.addresses()).isEmpty();
              assertThat(service.verdict("ballast.dev/Allocated")).startsWith("False ");
              assertThat(service.message("ballast.dev/Allocated")).contains("IPv6");
            });
  }

  private static void patchPolicy(String policy) {
    Terminal.type(
        "kubectl patch svc changing -n %s -p '{\"spec\":{\"ipFamilyPolicy\":\"%s\"}}'"
            .formatted(NAMESPACE, policy));
  }

  private static void awaitFamilies(String service, int count) {
    await().atMost(SOON).until(() -> addresses(service).size() == count);
  }

  private static List<String> addresses(String service) {
    return ServiceView.of(NAMESPACE, service).addresses();
  }
}
