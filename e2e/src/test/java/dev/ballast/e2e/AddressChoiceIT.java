package dev.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Services that request an address, a pool or a shared address. */
@Order(7)
@DisplayName("Address selection")
@Tag("feature:address")
@Scenarios
class AddressChoiceIT {

  private static final String NAMESPACE = "ballast-e2e-address";
  private static final String ALLOCATED = "ballast.dev/Allocated";
  private static final Duration SOON = Duration.ofSeconds(30);

  private static final Ipv4Range FIRST = Cluster.ADDRESSES.part(0, 10);
  private static final Ipv4Range SECOND = Cluster.ADDRESSES.part(10, 5);

  @BeforeAll
  static void two_pools_and_two_pods() {
    TestPool.create("address-first", FIRST);
    TestPool.create("address-second", SECOND);
    BackendPods.namespace(NAMESPACE);
    BackendPods.deploy(NAMESPACE, 2);
  }

  /** The next one requests addresses that a Service without a request might get. */
  @AfterEach
  void give_all_back() {
    Terminal.type("kubectl delete svc --all -n " + NAMESPACE);
    await()
        .atMost(SOON)
        .until(
            () ->
                Kubectl.list("addresses.ballast.dev").stream()
                    .noneMatch(
                        address ->
                            address.at("/spec/claims/0/namespace").asText().equals(NAMESPACE)));
  }

  @AfterAll
  static void remove_them() {
    BackendPods.deleteNamespace(NAMESPACE);
    TestPool.delete("address-first");
    TestPool.delete("address-second");
  }

  @Test
  @DisplayName("A Service gets the address that its annotation requests, and the address answers")
  void the_address_asked_for_is_given() {
    // When
    Kubectl.apply(annotated("wish", "ballast.dev/address: " + nth(FIRST, 7)));

    // Then
    assertThat(ServiceView.awaitAddress(NAMESPACE, "wish")).isEqualTo(nth(FIRST, 7));
    ExternalClient.awaitAnswer(nth(FIRST, 7), 80);
  }

  @Test
  @DisplayName("A Service gets the address in the deprecated spec.loadBalancerIP")
  void the_deprecated_field_is_given() {
    // When
    Kubectl.apply(
        BackendPods.service(NAMESPACE, "deprecated") + "  loadBalancerIP: " + nth(FIRST, 6) + "\n");

    // Then
    assertThat(ServiceView.awaitAddress(NAMESPACE, "deprecated")).isEqualTo(nth(FIRST, 6));
    ExternalClient.awaitAnswer(nth(FIRST, 6), 80);
  }

  @Test
  @DisplayName(
      "A changed annotation moves the Service; the new address answers before the old one is released")
  void another_wish_moves_the_address_in_order() {
    // Given
    Kubectl.apply(annotated("moving", "ballast.dev/address: " + nth(FIRST, 4)));
    assertThat(ServiceView.awaitAddress(NAMESPACE, "moving")).isEqualTo(nth(FIRST, 4));
    ExternalClient.awaitAnswer(nth(FIRST, 4), 80);
    try (BackgroundCommand backgroundCommand =
        BackgroundCommand.start(
            "kubectl get svc -w --no-headers --field-selector=metadata.name=moving -n %s -o custom-columns=%s"
                .formatted(NAMESPACE, "IP:.status.loadBalancer.ingress[*].ip"))) {
      await().atMost(SOON).until(() -> backgroundCommand.text().contains(nth(FIRST, 4)));

      // When
      annotate("moving", "ballast.dev/address=" + nth(FIRST, 5));

      // Then
      await()
          .atMost(SOON)
          .until(
              () -> ServiceView.of(NAMESPACE, "moving").address().orElse(""),
              nth(FIRST, 5)::equals);
      assertThat(ExternalClient.get("http://%s/hostname".formatted(nth(FIRST, 5))).status())
          .as("the new address, as soon as it is published")
          .isEqualTo(200);
      assertThat(backgroundCommand.lines())
          .as("the address was never missing")
          .doesNotContain("<none>");
    }
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(Kubectl.names("addresses.ballast.dev")).doesNotContain(nth(FIRST, 4)));
  }

  @Test
  @Tag("feature:status")
  @DisplayName(
      "A request for another Service's address is rejected, and the Event names that Service")
  void a_taken_address_is_refused() {
    // Given
    Kubectl.apply(annotated("holder", "ballast.dev/address: " + nth(FIRST, 8)));
    ServiceView.awaitAddress(NAMESPACE, "holder");

    // When
    Kubectl.apply(annotated("envious", "ballast.dev/address: " + nth(FIRST, 8)));

    // Then
    awaitRefusal("envious", nth(FIRST, 8), "holder");

    // And it gets it once the other is gone
    Terminal.type("kubectl delete svc holder -n " + NAMESPACE);
    assertThat(ServiceView.awaitAddress(NAMESPACE, "envious")).isEqualTo(nth(FIRST, 8));
  }

  @Test
  @DisplayName("A Service gets an address from the pool that its annotation names")
  void the_pool_asked_for_is_used() {
    // When
    Kubectl.apply(annotated("of-a-pool", "ballast.dev/pool: address-second"));

    // Then
    String address = ServiceView.awaitAddress(NAMESPACE, "of-a-pool");
    assertThat(SECOND.contains(address)).as(address).isTrue();

    // And another pool moves it
    annotate("of-a-pool", "ballast.dev/pool=address-first");
    await()
        .atMost(SOON)
        .until(
            () ->
                ServiceView.of(NAMESPACE, "of-a-pool")
                    .address()
                    .filter(FIRST::contains)
                    .isPresent());
  }

  @Test
  @Tag("feature:status")
  @DisplayName(
      "A Service that requests an unknown pool stays pending, and the Event names the pool")
  void a_pool_that_is_not_there_is_named() {
    // When
    Kubectl.apply(annotated("of-no-pool", "ballast.dev/pool: nowhere"));

    // Then
    awaitRefusal("of-no-pool", "nowhere");
  }

  @Test
  @DisplayName("Two Services with one sharing key share one address, each with its own ports")
  void two_services_share_one_address() {
    // When
    Kubectl.apply(annotated("share-a", "ballast.dev/sharing-key: shared"));
    String address = ServiceView.awaitAddress(NAMESPACE, "share-a");
    Kubectl.apply(
        annotated("share-b", "ballast.dev/sharing-key: shared").replace("port: 80,", "port: 81,"));

    // Then
    assertThat(ServiceView.awaitAddress(NAMESPACE, "share-b")).isEqualTo(address);
    ExternalClient.awaitAnswer(address, 80);
    ExternalClient.awaitAnswer(address, 81);

    // And the one that stays keeps it
    Terminal.type("kubectl delete svc share-a -n " + NAMESPACE);
    assertThat(ServiceView.of(NAMESPACE, "share-b").address()).contains(address);
    ExternalClient.awaitAnswer(address, 81);
  }

  @Test
  @Tag("feature:status")
  @DisplayName(
      "A port in use on a shared address is rejected, and the Event names the other Service")
  void a_port_taken_on_a_shared_address_is_refused() {
    // Given
    String request =
        "ballast.dev/address: %s, ballast.dev/sharing-key: busy".formatted(nth(FIRST, 9));
    Kubectl.apply(annotated("busy-first", request));
    ServiceView.awaitAddress(NAMESPACE, "busy-first");

    // When
    Kubectl.apply(annotated("busy-second", request));

    // Then
    awaitRefusal("busy-second", "busy-first");
    ExternalClient.awaitAnswer(nth(FIRST, 9), 80);
  }

  private static String annotated(String name, String annotations) {
    return BackendPods.service(NAMESPACE, name)
        .replace(
            "namespace: " + NAMESPACE + "}",
            "namespace: " + NAMESPACE + ", annotations: {" + annotations + "}}");
  }

  private static void annotate(String service, String annotation) {
    Terminal.type(
        "kubectl annotate --overwrite svc %s %s -n %s".formatted(service, annotation, NAMESPACE));
  }

  private static void awaitRefusal(String service, String... words) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              ServiceView view = ServiceView.of(NAMESPACE, service);
              assertThat(view.address()).isEmpty();
              assertThat(view.verdict(ALLOCATED)).startsWith("False ");
              assertThat(view.message(ALLOCATED)).contains(words);
            });
  }

  private static String nth(Ipv4Range range, int index) {
    return Ipv4Range.text(range.first() + index);
  }
}
