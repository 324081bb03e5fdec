package dev.ballast.operator.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.Ballast;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@EnableKubernetesMockClient
class CleanupFinalizerTest {

  private static final String PATH = "/api/v1/namespaces/default/services/web";

  private KubernetesMockServer server;
  private KubernetesClient client;
  private CleanupFinalizer finalizer;

  @BeforeEach
  void start() {
    finalizer = new CleanupFinalizer(client);
    server.expect().patch().withPath(PATH).andReturn(200, service(7, true)).always();
  }

  @Test
  void is_written_once_while_the_watch_is_behind() {
    // Given
    finalizer.keepOn(service(5, false));

    // When
    finalizer.keepOn(service(6, false));

    // Then
    assertThat(server.getRequestCount()).isEqualTo(1);
  }

  @Test
  void is_written_again_when_somebody_has_removed_it() {
    // Given
    finalizer.keepOn(service(5, false));

    // When
    finalizer.keepOn(service(8, false));

    // Then
    assertThat(server.getRequestCount()).isEqualTo(2);
  }

  @Test
  void is_written_again_when_it_was_removed_after_the_watch_had_shown_it() {
    // Given
    finalizer.keepOn(service(5, false));
    finalizer.keepOn(service(7, true));

    // When
    finalizer.keepOn(service(8, false));

    // Then
    assertThat(server.getRequestCount()).isEqualTo(2);
  }

  @Test
  void where_it_had_to_be_written_the_service_is_told_as_it_is_then() {
    // When
    Optional<Service> live = finalizer.keepOn(service(5, false));

    // Then
    assertThat(live).contains(service(7, true));
    assertThat(finalizer.keepOn(service(7, true))).isEmpty();
  }

  private static Service service(int version, boolean finalized) {
    return new ServiceBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName("web")
        .withUid("u1")
        .withResourceVersion("" + version)
        .addToFinalizers(finalized ? new String[] {Ballast.SERVICE_FINALIZER} : new String[0])
        .endMetadata()
        .build();
  }
}
