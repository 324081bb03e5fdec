package dev.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.LimitsSpec;
import dev.ballast.api.v1alpha1.LoadBalancerSpec;
import dev.ballast.api.v1alpha1.TimeoutsSpec;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Limits and timeouts of a Service, of its namespace and of the installation. */
@Tag("feature:limits")
class LimitsAndTimeoutsTest extends OperatorTest {

  private static final String IDLE = "ballast.dev/idle-timeout";
  private static final String CONNECTIONS = "ballast.dev/max-connections";

  LimitsAndTimeoutsTest(KubernetesClient client) {
    super(client);
  }

  @Test
  void a_namespaces_default_reaches_its_Services_and_a_Services_own_annotation_overrides_it() {
    // Given
    pool("192.0.2.10-192.0.2.12");
    create(loadBalancer("web", 80));
    create(annotated(loadBalancer("own", 80), IDLE, "2h"));
    await().untilAsserted(() -> assertThat(spec("web").limits()).isNull());
    await().untilAsserted(() -> assertThat(spec("own").timeouts().idleSeconds()).isEqualTo(7200));

    // When
    annotateNamespace(Map.of(IDLE, "24h", CONNECTIONS, "1000"));

    // Then
    await()
        .untilAsserted(
            () -> {
              assertThat(spec("web").timeouts().idleSeconds()).isEqualTo(86_400);
              assertThat(spec("own").timeouts().idleSeconds()).isEqualTo(7200);
              assertThat(spec("web").limits()).isEqualTo(new LimitsSpec(1000, null, null, null));
              assertThat(spec("own").limits()).isEqualTo(new LimitsSpec(1000, null, null, null));
            });
  }

  @Test
  void a_namespaces_default_ends_with_its_annotation() {
    // Given
    annotateNamespace(Map.of(IDLE, "24h", CONNECTIONS, "1000"));
    pool("192.0.2.10");
    create(loadBalancer("web", 80));
    await().untilAsserted(() -> assertThat(spec("web").limits()).isNotNull());
    await().untilAsserted(() -> assertThat(ingress("web")).isPresent());

    // When
    annotateNamespace(Map.of());

    // Then
    await()
        .untilAsserted(
            () -> {
              assertThat(spec("web").timeouts()).isEqualTo(TimeoutsSpec.DEFAULT);
              assertThat(spec("web").limits()).isNull();
            });
  }

  @Test
  void the_API_server_accepts_the_longest_timeouts_and_the_highest_limits() {
    // Given
    pool("192.0.2.10");

    // When
    create(
        annotated(
            loadBalancer("web", 80),
            Map.of(
                IDLE,
                "168h",
                "ballast.dev/connect-timeout",
                "10m",
                "ballast.dev/udp-idle-timeout",
                "24h",
                CONNECTIONS,
                "10000000",
                "ballast.dev/max-new-connections-per-second",
                "10000000",
                "ballast.dev/max-connections-per-client",
                "10000000",
                "ballast.dev/max-connections-per-backend",
                "10000000")));

    // Then
    await()
        .untilAsserted(
            () -> {
              assertThat(spec("web").timeouts())
                  .isEqualTo(new TimeoutsSpec(600_000, 604_800, 86_400));
              assertThat(spec("web").limits())
                  .isEqualTo(new LimitsSpec(10_000_000, 10_000_000, 10_000_000, 10_000_000));
            });
  }

  @Test
  void an_invalid_value_of_the_namespace_is_reported_by_its_Services() {
    // Given
    pool("192.0.2.10");
    create(loadBalancer("web", 80));
    await().untilAsserted(() -> assertThat(ingress("web")).isPresent());

    // When
    annotateNamespace(Map.of(IDLE, "350"));

    // Then
    await()
        .untilAsserted(
            () ->
                assertThat(condition("web", "ballast.dev/Allocated").orElseThrow())
                    .satisfies(
                        condition -> {
                          assertThat(condition.getReason()).isEqualTo("AnnotationIgnored");
                          assertThat(condition.getMessage())
                              .isEqualTo(
                                  "192.0.2.10 is assigned. The annotation ballast.dev/idle-timeout of"
                                      + " namespace %s has the invalid value '350'. The default 350s"
                                          .formatted(namespace)
                                      + " is used. A valid value is a duration from 1s to 168h in"
                                      + " whole seconds, such as 1h30m.");
                        }));
  }

  private LoadBalancerSpec spec(String name) {
    return loadBalancers().stream()
        .filter(loadBalancer -> loadBalancer.getMetadata().getName().equals(name))
        .findFirst()
        .orElseThrow()
        .getSpec();
  }

  private static Service annotated(Service service, Map<String, String> annotations) {
    return new ServiceBuilder(service)
        .editMetadata()
        .addToAnnotations(annotations)
        .endMetadata()
        .build();
  }

  /** Replaces all annotations of the namespace. */
  private void annotateNamespace(Map<String, String> annotations) {
    client
        .namespaces()
        .withName(namespace)
        .edit(
            live ->
                new NamespaceBuilder(live)
                    .editMetadata()
                    .withAnnotations(annotations)
                    .endMetadata()
                    .build());
  }
}
