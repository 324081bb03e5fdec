package dev.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.api.v1alpha1.LoadBalancer;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Services that request an address or a pool, and change the request. */
@Tag("feature:address")
class AddressSelectionTest extends OperatorTest {

  private static final String OLD = "192.0.2.10";
  private static final String NEW = "192.0.2.15";

  AddressSelectionTest(KubernetesClient client) {
    super(client);
  }

  @BeforeEach
  void a_pool() {
    pool("192.0.2.10-192.0.2.15");
  }

  @Test
  void the_annotation_selects_the_address() {
    // When
    create(requesting("web", NEW));

    // Then
    await().untilAsserted(() -> assertThat(published("web")).isEqualTo(NEW));
  }

  @Test
  void the_deprecated_field_selects_the_address() {
    // When
    create(
        new ServiceBuilder(loadBalancer("web", 80))
            .editSpec()
            .withLoadBalancerIP(NEW)
            .endSpec()
            .build());

    // Then
    await().untilAsserted(() -> assertThat(published("web")).isEqualTo(NEW));
  }

  @Test
  void the_annotation_takes_precedence_over_the_field() {
    // When
    create(
        new ServiceBuilder(requesting("web", NEW))
            .editSpec()
            .withLoadBalancerIP(OLD)
            .endSpec()
            .build());

    // Then
    await().untilAsserted(() -> assertThat(published("web")).isEqualTo(NEW));
  }

  @Test
  void the_address_is_from_the_requested_pool() {
    // Given
    namedPool("lan", "198.51.100.1");

    // When
    create(annotated(loadBalancer("web", 80), ApiNames.POOL_ANNOTATION, "lan"));

    // Then
    await().untilAsserted(() -> assertThat(published("web")).isEqualTo("198.51.100.1"));
  }

  @Test
  void a_service_waits_for_a_pool_that_does_not_exist() {
    // Given
    create(annotated(loadBalancer("web", 80), ApiNames.POOL_ANNOTATION, "lan"));
    awaitRejection("web", "UnknownPool");

    // When
    namedPool("lan", "198.51.100.1");

    // Then
    await().untilAsserted(() -> assertThat(published("web")).isEqualTo("198.51.100.1"));
  }

  @Test
  void a_service_waits_for_an_address_in_use_and_the_message_names_its_holder() {
    // Given
    create(requesting("first", NEW));
    await().untilAsserted(() -> assertThat(published("first")).isEqualTo(NEW));
    create(requesting("second", NEW));
    awaitRejection("second", "AddressTaken");
    assertThat(allocated("second").getMessage())
        .isEqualTo(
            "Address 192.0.2.15 cannot be assigned. Service %s/first holds it. Request another address, or delete that Service. Services of one namespace can share an address with the annotation ballast.dev/sharing-key."
                .formatted(namespace));
    await().untilAsserted(() -> assertThat(eventReasons()).contains("AddressTaken"));

    // When
    client.services().inNamespace(namespace).withName("first").delete();

    // Then
    await().untilAsserted(() -> assertThat(published("second")).isEqualTo(NEW));
  }

  @Test
  void a_changed_request_moves_the_service_and_the_old_address_serves_until_the_new_one_does() {
    // Given
    create(requesting("web", OLD));
    await().untilAsserted(() -> assertThat(published("web")).isEqualTo(OLD));
    dataPlane.stopAnnouncing(NEW);

    // When
    annotate("web", ApiNames.ADDRESS_ANNOTATION, NEW);

    // Then
    await()
        .untilAsserted(
            () -> {
              assertThat(loadBalancers().getFirst().getSpec().addresses())
                  .containsExactly(NEW, OLD);
              assertThat(condition("web", "ballast.dev/Announced").orElseThrow().getMessage())
                  .startsWith("No node announces 192.0.2.15 yet.");
            });
    assertThat(published("web")).isEqualTo(OLD);
    dataPlane.announceAll();
    await()
        .untilAsserted(
            () -> {
              assertThat(published("web")).isEqualTo(NEW);
              assertThat(loadBalancers().getFirst().getSpec().addresses()).containsExactly(NEW);
              assertThat(claimedAddresses()).containsExactly(NEW);
            });
  }

  @Test
  void every_published_address_is_served_during_a_move() {
    // Given
    create(requesting("web", OLD));
    await().untilAsserted(() -> assertThat(published("web")).isEqualTo(OLD));
    Queue<String> faults = new ConcurrentLinkedQueue<>();
    try (Watch _ =
        client
            .resources(LoadBalancer.class)
            .inNamespace(namespace)
            .watch(
                new Watcher<>() {
                  @Override
                  public void eventReceived(Action action, LoadBalancer loadBalancer) {
                    // The address was published before this read, or the new one is published by
                    // now.
                    List<String> addresses = loadBalancer.getSpec().addresses();
                    if (!addresses.contains(OLD) && !published("web").equals(NEW)) {
                      faults.add(action + " " + addresses);
                    }
                  }

                  @Override
                  public void onClose(WatcherException cause) {}
                })) {

      // When
      annotate("web", ApiNames.ADDRESS_ANNOTATION, NEW);

      // Then
      await().untilAsserted(() -> assertThat(claimedAddresses()).containsExactly(NEW));
      assertThat(faults).isEmpty();
    }
  }

  @Test
  void when_the_new_address_is_not_available_the_old_one_stays_and_a_condition_says_why() {
    // Given
    create(requesting("web", OLD));
    await().untilAsserted(() -> assertThat(published("web")).isEqualTo(OLD));

    // When
    annotate("web", ApiNames.ADDRESS_ANNOTATION, "203.0.113.1");

    // Then
    awaitRejection("web", "AddressNotInPool");
    assertThat(allocated("web").getMessage()).startsWith("The Service has 192.0.2.10. ");
    assertThat(published("web")).isEqualTo(OLD);
    assertThat(loadBalancers().getFirst().getSpec().addresses()).containsExactly(OLD);
    annotate("web", ApiNames.ADDRESS_ANNOTATION, null);
    await().untilAsserted(() -> assertThat(allocated("web").getStatus()).isEqualTo("True"));
  }

  @Test
  void a_malformed_request_keeps_the_address_and_is_reported() {
    // Given
    create(requesting("web", OLD));
    await().untilAsserted(() -> assertThat(published("web")).isEqualTo(OLD));

    // When
    annotate("web", ApiNames.ADDRESS_ANNOTATION, "192.0.2");

    // Then
    awaitRejection("web", "InvalidRequest");
    assertThat(published("web")).isEqualTo(OLD);
  }

  @Test
  void a_malformed_request_leaves_a_new_service_pending_until_it_is_corrected() {
    // Given
    create(requesting("web", "192.0.2.15/32"));
    awaitRejection("web", "InvalidRequest");
    assertThat(published("web")).isEmpty();

    // When
    annotate("web", ApiNames.ADDRESS_ANNOTATION, NEW);

    // Then
    await().untilAsserted(() -> assertThat(published("web")).isEqualTo(NEW));
  }

  @Tag("feature:status")
  @Test
  void a_rejected_request_is_reported_once_by_event_log_and_metric() throws Exception {
    // Given
    create(requesting("web", "203.0.113.1"));
    awaitRejection("web", "AddressNotInPool");

    // When
    annotate("web", "example.com/touched", "once");
    annotate("web", ApiNames.SHARING_KEY_ANNOTATION, "other");
    create(loadBalancer("after", 80));
    await().untilAsserted(() -> assertThat(ingress("after")).isPresent());

    // Then
    await().untilAsserted(() -> assertThat(eventReasons()).contains("AddressNotInPool"));
    assertThat(eventReasons()).containsOnlyOnce("AddressNotInPool");
    assertThat(logged(Level.INFO))
        .filteredOn(line -> line.contains("203.0.113.1"))
        .singleElement(InstanceOfAssertFactories.STRING)
        .contains(allocated("web").getMessage())
        .contains("service=\"%s/web\"".formatted(namespace))
        .contains("reason=\"AddressNotInPool\"");
    assertThat(metrics().lines())
        .anyMatch(
            line ->
                line.matches("ballast_allocations_total\\{result=\"address_not_in_pool\"} [1-9].*"))
        .contains("ballast_services_pending 1.0");
  }

  @Test
  void a_removed_request_keeps_the_address() {
    // Given
    create(requesting("web", NEW));
    await().untilAsserted(() -> assertThat(published("web")).isEqualTo(NEW));
    create(loadBalancer("other", 80));

    // When
    annotate("web", ApiNames.ADDRESS_ANNOTATION, null);

    // Then
    await().untilAsserted(() -> assertThat(ingress("other")).isPresent());
    assertThat(published("web")).isEqualTo(NEW);
    assertThat(claimedAddresses()).hasSize(2).contains(NEW);
  }

  private Service requesting(String name, String address) {
    return annotated(loadBalancer(name, 80), ApiNames.ADDRESS_ANNOTATION, address);
  }

  private String metrics() throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      URI url = URI.create("http://127.0.0.1:" + operator.adminPort() + "/metrics");
      return http.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString()).body();
    }
  }

  private void awaitRejection(String name, String reason) {
    await()
        .untilAsserted(
            () -> {
              assertThat(allocated(name).getReason()).isEqualTo(reason);
              assertThat(allocated(name).getStatus()).isEqualTo("False");
            });
  }

  private Condition allocated(String name) {
    return condition(name, "ballast.dev/Allocated").orElseThrow();
  }

  private List<String> claimedAddresses() {
    return addresses().stream().map(address -> address.getSpec().ip()).collect(Collectors.toList());
  }
}
