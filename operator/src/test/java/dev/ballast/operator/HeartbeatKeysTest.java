package dev.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.ballast.apiclient.HeartbeatKeyFile;
import dev.ballast.operator.service.settings.InstallationDefaults;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The Secret with the keys of the heartbeats, on a real API server. */
@Tag("feature:lifecycle")
class HeartbeatKeysTest extends ApiServerTest {

  private static final String NAME = "lb-heartbeat-keys";
  private static final String KEY = Base64.getEncoder().encodeToString(new byte[32]);

  private final List<BallastOperator> operators = new ArrayList<>();

  HeartbeatKeysTest(KubernetesClient client) {
    super(client);
  }

  @AfterEach
  void stop() {
    operators.forEach(BallastOperator::stop);
  }

  @Test
  void the_operator_creates_the_secret_with_one_random_key() throws IOException {
    // When
    start("one", NAME, false);

    // Then
    await().untilAsserted(() -> assertThat(secret().get()).isNotNull());
    Secret created = secret().get();
    assertThat(created.getType()).isEqualTo("Opaque");
    assertThat(created.getData()).containsOnlyKeys("keys");
    assertThat(keys().invalidLines()).isEmpty();
    assertThat(keys().keys())
        .singleElement()
        .satisfies(key -> assertThat(key).hasSize(32).isNotEqualTo(new byte[32]));
    assertThat(created.getMetadata().getLabels())
        .containsOnly(
            Map.entry("app.kubernetes.io/name", "ballast"),
            Map.entry("app.kubernetes.io/component", "dataplane"),
            Map.entry("app.kubernetes.io/managed-by", "ballast-operator"));
  }

  @Test
  void a_deleted_secret_is_created_again_with_another_key() throws IOException {
    // Given
    start("one", NAME, false);
    await().untilAsserted(() -> assertThat(secret().get()).isNotNull());
    Map<String, String> before = secret().get().getData();

    // When
    secret().delete();

    // Then
    await().untilAsserted(() -> assertThat(secret().get()).isNotNull());
    assertThat(secret().get().getData()).isNotEqualTo(before);
  }

  @Test
  void a_secret_that_exists_is_never_written() throws Exception {
    // Given
    String version = create("keys", KEY + "\n" + KEY + "\n");

    // When
    BallastOperator operator = start("one", NAME, false);

    // Then
    await().untilAsserted(() -> assertThat(metrics(operator)).contains("heartbeat_keys 2.0"));
    assertThat(secret().get().getMetadata().getResourceVersion()).isEqualTo(version);
    assertThat(logged(Level.WARN)).isEmpty();
  }

  @Test
  void a_secret_without_a_valid_key_is_kept_and_reported_once() throws Exception {
    // Given
    String version = create("key", KEY);

    // When
    BallastOperator operator = start("one", NAME, false);

    // Then
    await().untilAsserted(() -> assertThat(metrics(operator)).contains("heartbeat_keys 0.0"));
    Awaitility.await()
        .during(Duration.ofSeconds(11))
        .atMost(Duration.ofSeconds(15))
        .untilAsserted(
            () ->
                assertThat(logged(Level.WARN))
                    .singleElement()
                    .asString()
                    .contains("no valid key", "Write 32 random bytes in base64", NAME));
    assertThat(secret().get().getMetadata().getResourceVersion()).isEqualTo(version);
  }

  @Test
  void only_the_leader_creates_the_secret_and_the_next_leader_keeps_it() throws Exception {
    // Given
    start("first", NAME, true);
    await().untilAsserted(() -> assertThat(secret().get()).isNotNull());
    BallastOperator second = start("second", NAME, true);
    Awaitility.await()
        .during(Duration.ofSeconds(1))
        .untilAsserted(() -> assertThat(metrics(second)).contains("heartbeat_keys NaN"));
    Map<String, String> before = secret().get().getData();

    // When
    operators.removeFirst().stop();

    // Then
    await().untilAsserted(() -> assertThat(metrics(second)).contains("heartbeat_keys 1.0"));
    assertThat(secret().get().getData()).isEqualTo(before);
  }

  @Test
  void an_operator_without_the_name_of_a_secret_creates_none() throws Exception {
    // When
    BallastOperator operator = start("one", "", false);

    // Then
    Awaitility.await()
        .during(Duration.ofSeconds(2))
        .untilAsserted(
            () -> assertThat(client.secrets().inNamespace(namespace).list().getItems()).isEmpty());
    assertThat(metrics(operator)).contains("heartbeat_keys NaN");
  }

  private BallastOperator start(String instance, String secret, boolean leaderElection)
      throws IOException {
    BallastOperator operator =
        startOperator(
            new OperatorSettings(
                namespace, instance, true, leaderElection, 0, secret, InstallationDefaults.NONE));
    operators.add(operator);
    return operator;
  }

  /** Returns the resource version of the Secret. */
  private String create(String entry, String text) {
    return client
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(NAME)
                .endMetadata()
                .addToStringData(entry, text)
                .build())
        .create()
        .getMetadata()
        .getResourceVersion();
  }

  private Resource<Secret> secret() {
    return client.secrets().inNamespace(namespace).withName(NAME);
  }

  private HeartbeatKeyFile keys() {
    byte[] text = Base64.getDecoder().decode(secret().get().getData().get("keys"));
    return HeartbeatKeyFile.parse(new String(text, StandardCharsets.UTF_8));
  }

  private static String metrics(BallastOperator operator) throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:%d/metrics".formatted(operator.adminPort()));
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
          .body();
    }
  }
}
