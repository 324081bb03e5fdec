package dev.ballast.apiclient;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.LoadBalancer;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.WatchEvent;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiSerializationTest {

  private static final String MANAGED =
      """
      "managedFields":[{"manager":"kubectl","operation":"Update","apiVersion":"v1",\
      "fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:type":{}}}}],\
      """;

  private static final String SERVICE =
      """
      {"kind":"Service","apiVersion":"v1","metadata":{"name":"web",%s"labels":{"app":"web"},\
      "resourceVersion":"7"},"spec":{"type":"LoadBalancer","ports":[{"port":80,"targetPort":"http"},\
      {"port":443,"targetPort":8443}]},"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.1",\
      "ipMode":"Proxy"}]}}}\
      """;

  private static final String LOAD_BALANCER =
      """
      {"apiVersion":"ballast.dev/v1alpha1","kind":"LoadBalancer","metadata":{"name":"web",%s\
      "namespace":"shop","uid":"u","resourceVersion":"8"},"spec":{"addresses":["192.0.2.1"],\
      "frontends":[{"name":"http","port":80,"protocol":"TCP"}]},"status":{"conditions":[],\
      "nodes":[{"name":"n1","announcing":["192.0.2.1"],"healthyBackends":"1/2"}]}}\
      """;

  private final ApiSerialization serialization = new ApiSerialization();

  @ParameterizedTest
  @ValueSource(strings = {SERVICE, LOAD_BALANCER})
  void a_watched_object_equals_the_one_of_fabric8_without_managed_fields(String object) {
    // When
    WatchEvent read = serialization.unmarshal(event(object.formatted(MANAGED)), WatchEvent.class);

    // Then
    HasMetadata same = new KubernetesSerialization().unmarshal(object.formatted(""), classOf(read));
    assertThat(read.getType()).isEqualTo("MODIFIED");
    assertThat(read.getObject()).isEqualTo(same);
    assertThat(((HasMetadata) read.getObject()).getMetadata().getManagedFields()).isEmpty();
  }

  @Test
  void our_kinds_are_read_as_their_classes() {
    // When
    WatchEvent read = serialization.unmarshal(event(LOAD_BALANCER.formatted("")), WatchEvent.class);

    // Then
    assertThat(read.getObject()).isInstanceOf(LoadBalancer.class);
  }

  @Test
  void an_object_with_its_kind_in_last_place_is_read() {
    // When
    WatchEvent read =
        serialization.unmarshal(
            event("{\"metadata\":{\"name\":\"web\"},\"apiVersion\":\"v1\",\"kind\":\"Service\"}"),
            WatchEvent.class);

    // Then
    assertThat(read.getObject())
        .isInstanceOfSatisfying(
            Service.class, web -> assertThat(web.getMetadata().getName()).isEqualTo("web"));
  }

  @Test
  void an_object_of_an_unknown_kind_is_read_as_a_map() {
    // When
    WatchEvent read =
        serialization.unmarshal(
            event("{\"kind\":\"Ship\",\"apiVersion\":\"sea/v1\",\"spec\":{\"masts\":3}}"),
            WatchEvent.class);

    // Then
    assertThat(read.getObject())
        .isInstanceOfSatisfying(
            GenericKubernetesResource.class,
            ship -> {
              assertThat(ship.getKind()).isEqualTo("Ship");
              assertThat(ship.getApiVersion()).isEqualTo("sea/v1");
              assertThat(ship.<Integer>get("spec", "masts")).isEqualTo(3);
            });
  }

  @Test
  void the_error_that_ends_a_watch_is_read_as_a_status() {
    // When
    WatchEvent read =
        serialization.unmarshal(
            "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"apiVersion\":\"v1\","
                + "\"metadata\":{},\"code\":410,\"message\":\"too old\"}}",
            WatchEvent.class);

    // Then
    assertThat(read.getObject())
        .isInstanceOfSatisfying(Status.class, gone -> assertThat(gone.getCode()).isEqualTo(410));
  }

  private static String event(String object) {
    return "{\"type\":\"MODIFIED\",\"object\":" + object + "}";
  }

  @SuppressWarnings("unchecked")
  private static Class<? extends HasMetadata> classOf(WatchEvent event) {
    return (Class<? extends HasMetadata>) event.getObject().getClass();
  }
}
