package dev.ballast.operator.reconciler;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StaleObjectErrorsTest {

  @ParameterizedTest
  @CsvSource({
    "404, services,     web,   not found, true",
    "404, services,     other, not found, false",
    "404, addresspools, web,   not found, false",
    "404, ,             ,      page not found, false",
    "409, services,     web,   uid mismatch: the provided object specified uid 1 and no existing object was found, true",
    "409, services,     web,   'Precondition failed: UID in precondition: 1, UID in object meta: 2', true",
    "409, services,     web,   the object has been modified, false",
    "500, services,     web,   uid mismatch, false",
  })
  void only_a_failure_because_the_object_is_deleted_is_not_retried(
      int code, String kind, String name, String message, boolean ignored) {
    // Given
    Service service = new ServiceBuilder().withNewMetadata().withName("web").endMetadata().build();
    var failure =
        new KubernetesClientException(
            new StatusBuilder()
                .withCode(code)
                .withMessage(message)
                .withNewDetails()
                .withKind(kind)
                .withName(name)
                .endDetails()
                .build());

    // When
    var control = StaleObjectErrors.ignoreOrRetry(service, failure);

    // Then
    assertThat(control.isNoRetry()).isEqualTo(ignored);
    assertThat(control.isDefaultErrorProcessing()).isEqualTo(!ignored);
  }

  @ParameterizedTest
  @CsvSource({"metadata.uid, true", "metadata.name, false"})
  void a_write_to_an_object_that_was_created_again_is_not_retried(String field, boolean ignored) {
    // Given
    Service service = new ServiceBuilder().withNewMetadata().withName("web").endMetadata().build();
    var failure =
        new KubernetesClientException(
            new StatusBuilder()
                .withCode(422)
                .withNewDetails()
                .addNewCause(field, "Invalid value: \"1\": field is immutable", "FieldValueInvalid")
                .endDetails()
                .build());

    // When
    var control = StaleObjectErrors.ignoreOrRetry(service, failure);

    // Then
    assertThat(control.isNoRetry()).isEqualTo(ignored);
  }
}
