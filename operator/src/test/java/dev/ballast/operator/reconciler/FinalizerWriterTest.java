package dev.ballast.operator.reconciler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@EnableKubernetesMockClient
@Tag("feature:lifecycle")
class FinalizerWriterTest {

  private static final String PATH = "/api/v1/namespaces/default/services/web";
  private static final String OURS = "ballast.dev/test";
  private static final Logger SERVER_LOG = Logger.getLogger("io.fabric8.mockwebserver");

  private KubernetesMockServer server;
  private KubernetesClient client;

  @BeforeAll
  static void reduceLogging() {
    SERVER_LOG.setLevel(Level.WARNING);
  }

  @Test
  void a_finalizer_that_is_set_is_not_written_again() throws InterruptedException {
    // When
    FinalizerWriter.add(client, service("u1", 1, OURS), OURS);

    // Then
    assertThat(requests()).isEmpty();
  }

  @Test
  void other_finalizers_stay_and_the_write_is_only_for_the_object_that_was_read()
      throws InterruptedException {
    // Given
    onPatch(200, service("u1", 2, "a", OURS));

    // When
    FinalizerWriter.add(client, service("u1", 1, "a"), OURS);

    // Then
    assertThat(written(requests().getLast()))
        .isEqualTo(Map.of("uid", "u1", "resourceVersion", "1", "finalizers", List.of("a", OURS)));
  }

  @Test
  void after_a_conflict_the_write_is_repeated_on_the_current_object() throws InterruptedException {
    // Given
    onPatch(409, status(409));
    onGet(200, service("u1", 2, "new", OURS));
    onPatch(409, status(409));
    onGet(200, service("u1", 3, "newer", OURS));
    onPatch(200, service("u1", 4, "newer"));

    // When
    FinalizerWriter.remove(client, service("u1", 1, OURS), OURS);

    // Then
    List<RecordedRequest> requests = requests();
    assertThat(requests).hasSize(5);
    assertThat(written(requests.getLast()))
        .isEqualTo(Map.of("uid", "u1", "resourceVersion", "3", "finalizers", List.of("newer")));
  }

  @Test
  void a_conflict_with_the_same_change_ends_without_another_write() throws InterruptedException {
    // Given
    onPatch(409, status(409));
    onGet(200, service("u1", 2));

    // When
    FinalizerWriter.remove(client, service("u1", 1, OURS), OURS);

    // Then
    assertThat(requests()).hasSize(2);
  }

  @Test
  void after_too_many_conflicts_the_write_fails() {
    // Given
    server.expect().patch().withPath(PATH).andReturn(409, status(409)).always();
    server.expect().get().withPath(PATH).andReturn(200, service("u1", 2, OURS)).always();

    // Then
    assertThatThrownBy(() -> FinalizerWriter.remove(client, service("u1", 1, OURS), OURS))
        .isInstanceOf(KubernetesClientException.class);
  }

  @Test
  void a_deleted_object_is_left_alone() throws InterruptedException {
    // Given
    onPatch(404, status(404));

    // When
    FinalizerWriter.remove(client, service("u1", 1, OURS), OURS);

    // Then
    assertThat(requests()).hasSize(1);
  }

  @Test
  void an_object_that_is_deleted_after_a_conflict_is_left_alone() throws InterruptedException {
    // Given
    onPatch(409, status(409));
    onGet(404, status(404));

    // When
    FinalizerWriter.remove(client, service("u1", 1, OURS), OURS);

    // Then
    assertThat(requests()).hasSize(2);
  }

  /** The API server returns 409 for a patch with a wrong UID. */
  @Test
  void an_object_that_was_created_again_is_left_alone() throws InterruptedException {
    // Given
    onPatch(409, status(409));
    onGet(200, service("u2", 9));

    // When
    boolean added = FinalizerWriter.add(client, service("u1", 1), OURS).isPresent();

    // Then
    assertThat(added).isFalse();
    assertThat(requests()).hasSize(2);
  }

  @Test
  void a_finalizer_cannot_be_added_to_a_deleted_object() {
    // Given
    onPatch(404, status(404));

    // When
    boolean added = FinalizerWriter.add(client, service("u1", 1), OURS).isPresent();

    // Then
    assertThat(added).isFalse();
  }

  private void onPatch(int code, Object answer) {
    server.expect().patch().withPath(PATH).andReturn(code, answer).once();
  }

  private void onGet(int code, Object answer) {
    server.expect().get().withPath(PATH).andReturn(code, answer).once();
  }

  private List<RecordedRequest> requests() throws InterruptedException {
    List<RecordedRequest> seen = new ArrayList<>();
    RecordedRequest request;
    while ((request = server.takeRequest(10, TimeUnit.MILLISECONDS)) != null) {
      seen.add(request);
    }
    return seen;
  }

  private Object written(RecordedRequest patch) {
    return client
        .getKubernetesSerialization()
        .unmarshal(patch.getUtf8Body(), Map.class)
        .get("metadata");
  }

  private static Service service(String uid, long version, String... finalizers) {
    return new ServiceBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName("web")
        .withUid(uid)
        .withResourceVersion(Long.toString(version))
        .withFinalizers(finalizers)
        .endMetadata()
        .build();
  }

  private static Object status(int code) {
    return new StatusBuilder().withCode(code).build();
  }
}
