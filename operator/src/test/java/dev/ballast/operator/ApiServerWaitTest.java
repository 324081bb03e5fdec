package dev.ballast.operator;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.dsl.TimesOnceableOrHttpHeaderable;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("feature:lifecycle")
@EnableKubernetesMockClient
class ApiServerWaitTest {

  private static final String KINDS = "/apis/ballast.dev/v1alpha1/";
  private static final String EMPTY =
      "{\"apiVersion\":\"ballast.dev/v1alpha1\",\"kind\":\"List\",\"items\":[]}";

  private KubernetesMockServer server;
  private KubernetesClient client;

  @Test
  void the_operator_waits_for_an_api_server_that_has_not_loaded_its_roles() {
    // Given
    refuse("addresses").once();
    for (String kind : new String[] {"addresses", "addresspools", "loadbalancers"}) {
      server.expect().get().withPath(KINDS + kind + "?limit=1").andReturn(200, EMPTY).always();
    }

    // Then
    assertThatCode(() -> ApiServerWait.await(client, Duration.ofSeconds(10)))
        .doesNotThrowAnyException();
  }

  @Test
  void an_api_server_that_keeps_rejecting_requests_is_reported() {
    // Given
    refuse("addresses").always();

    // Then
    assertThatThrownBy(() -> ApiServerWait.await(client, Duration.ofMillis(600)))
        .isInstanceOf(KubernetesClientException.class)
        .hasMessageContaining("may not list");
  }

  private TimesOnceableOrHttpHeaderable<Void> refuse(String kind) {
    return server
        .expect()
        .get()
        .withPath(KINDS + kind + "?limit=1")
        .andReturn(403, new StatusBuilder().withCode(403).withMessage("may not list").build());
  }
}
