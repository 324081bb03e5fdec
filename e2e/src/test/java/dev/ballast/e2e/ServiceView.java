package dev.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A Service as the API server shows it at one moment.
 *
 * @param service its JSON; a missing node when there is none
 */
record ServiceView(JsonNode service) {

  static final String FINALIZER = "service.kubernetes.io/load-balancer-cleanup";

  static ServiceView of(String namespace, String name) {
    return new ServiceView(Kubectl.get("service %s -n %s".formatted(name, namespace)));
  }

  /** Waits until the Service has an address; says what is known about it if it gets none. */
  static String awaitAddress(String namespace, String name) {
    try {
      return await()
          .atMost(Duration.ofMinutes(2))
          .until(() -> of(namespace, name).address(), Optional::isPresent)
          .orElseThrow();
    } catch (ConditionTimeoutException e) {
      String known =
          Terminal.run("kubectl get svc,loadbalancers %s -n %s -o yaml".formatted(name, namespace))
              .out();
      throw new AssertionError(name + " has no address after two minutes:\n" + known, e);
    }
  }

  boolean exists() {
    return !service.isMissingNode();
  }

  /** All its addresses, one for each family at most. */
  List<String> addresses() {
    return Kubectl.elements(service.at("/status/loadBalancer/ingress")).stream()
        .map(ingress -> ingress.path("ip").asText())
        .toList();
  }

  /** The one address it has, where there is no second one. */
  Optional<String> address() {
    JsonNode ingress = service.at("/status/loadBalancer/ingress");
    assertThat(ingress.size()).as("addresses of %s", service).isLessThanOrEqualTo(1);
    return Optional.ofNullable(ingress.at("/0/ip").asText(null));
  }

  Optional<JsonNode> condition(String type) {
    return Kubectl.elements(service.at("/status/conditions")).stream()
        .filter(condition -> condition.path("type").asText().equals(type))
        .findFirst();
  }

  /** Status and reason of a condition, as {@code False NoPool}; {@code absent} without it. */
  String verdict(String type) {
    return condition(type)
        .map(it -> it.path("status").asText() + " " + it.path("reason").asText())
        .orElse("absent");
  }

  String message(String type) {
    return condition(type).map(it -> it.path("message").asText()).orElse("");
  }

  Stream<JsonNode> ports() {
    return Kubectl.elements(service.at("/status/loadBalancer/ingress/0/ports")).stream();
  }

  boolean hasFinalizer() {
    return Kubectl.elements(service.at("/metadata/finalizers")).stream()
        .anyMatch(it -> it.asText().equals(FINALIZER));
  }
}
