package dev.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.ApiNames;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Services that change their type, with fields of other controllers on them. */
@Tag("feature:lifecycle")
class ServiceTypeChangeTest extends OperatorTest {

  private static final String THEIRS = "example.com/keep";

  ServiceTypeChangeTest(KubernetesClient client) {
    super(client);
  }

  @AfterEach
  void delete_objects_of_the_test() {
    client
        .services()
        .inNamespace(namespace)
        .list()
        .getItems()
        .forEach(
            service ->
                client
                    .services()
                    .inNamespace(namespace)
                    .withName(service.getMetadata().getName())
                    .patch(
                        PatchContext.of(PatchType.STRATEGIC_MERGE),
                        "{\"metadata\":{\"$deleteFromPrimitiveList/finalizers\":[\"%s\"]}}"
                            .formatted(THEIRS)));
  }

  @Test
  void repeated_changes_of_the_type_affect_only_fields_of_ballast() {
    // Given
    pool("192.0.2.10-192.0.2.11");
    create(
        new ServiceBuilder(loadBalancer("web", 80))
            .editMetadata()
            .withFinalizers(THEIRS)
            .endMetadata()
            .build());
    addForeignCondition("web");

    for (String type : List.of("ClusterIP", "NodePort", "ClusterIP")) {
      await()
          .untilAsserted(
              () -> {
                assertThat(ingress("web")).isPresent();
                assertThat(service("web").getFinalizers())
                    .containsExactlyInAnyOrder(THEIRS, ApiNames.SERVICE_FINALIZER);
              });

      // When
      retype("web", type);

      // Then
      await()
          .untilAsserted(
              () -> {
                assertThat(addresses()).isEmpty();
                assertThat(loadBalancers()).isEmpty();
                assertThat(service("web").getFinalizers()).containsExactly(THEIRS);
                assertThat(service("web").getStatus().getConditions())
                    .extracting(Condition::getType)
                    .containsExactly("example.com/Ready");
                assertThat(ingress("web")).isEmpty();
              });
      retype("web", "LoadBalancer");
    }
    await().untilAsserted(() -> assertThat(ingress("web")).isPresent());
  }

  @Test
  void a_type_that_is_changed_back_at_once_ends_with_an_address() {
    // Given
    pool("192.0.2.10-192.0.2.11");
    create(loadBalancer("web", 80));
    await().untilAsserted(() -> assertThat(ingress("web")).isPresent());

    // When
    for (int i = 0; i < 5; i++) {
      patchType("ClusterIP");
      patchType("LoadBalancer");
    }

    // Then
    await()
        .untilAsserted(
            () -> {
              assertThat(addresses()).hasSize(1);
              assertThat(published("web")).isEqualTo(addresses().getFirst().getSpec().ip());
              assertThat(loadBalancers().getFirst().isMarkedForDeletion()).isFalse();
              assertThat(service("web").getFinalizers())
                  .containsExactly(ApiNames.SERVICE_FINALIZER);
            });
  }

  /** Independent of concurrent writes of the operator. */
  private void patchType(String type) {
    client
        .services()
        .inNamespace(namespace)
        .withName("web")
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"type\":\"" + type + "\"}}");
  }

  /** Independent of concurrent writes of the operator. */
  private void addForeignCondition(String name) {
    client
        .services()
        .inNamespace(namespace)
        .withName(name)
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.STRATEGIC_MERGE),
            """
            {"status": {"conditions": [{
              "type": "example.com/Ready", "status": "True", "reason": "Ready", "message": "",
              "lastTransitionTime": "1970-01-01T00:00:00Z"}]}}
            """);
  }
}
