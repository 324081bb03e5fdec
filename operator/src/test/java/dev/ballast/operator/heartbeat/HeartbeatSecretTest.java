package dev.ballast.operator.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.ballast.operator.address.NoRetries;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What the API server may answer, other than the Secret. */
@Tag("feature:lifecycle")
@EnableKubernetesMockClient(kubernetesClientBuilderCustomizer = NoRetries.class)
class HeartbeatSecretTest {

  private static final String SECRETS = "/api/v1/namespaces/lb/secrets";
  private static final String SECRET = SECRETS + "/keys";
  private static final String KEY = Base64.getEncoder().encodeToString(new byte[32]);

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  private KubernetesMockServer server;
  private KubernetesClient client;
  private HeartbeatSecret heartbeatSecret;

  @BeforeEach
  void create() {
    heartbeatSecret = new HeartbeatSecret(client, "lb", "keys");
    log.start();
    logger().addAppender(log);
  }

  @AfterEach
  void close() {
    logger().detachAppender(log);
    heartbeatSecret.close();
  }

  @Test
  void a_secret_that_another_replica_has_just_created_is_a_success() {
    // Given
    server.expect().get().withPath(SECRET).andReturn(404, status(404)).once();
    server.expect().post().withPath(SECRETS).andReturn(409, status(409)).once();
    server.expect().get().withPath(SECRET).andReturn(200, secret(KEY)).once();

    // When
    heartbeatSecret.check();
    heartbeatSecret.check();

    // Then
    assertThat(heartbeatSecret.validKeys()).isEqualTo(1);
    assertThat(warnings()).isEmpty();
  }

  @Test
  void a_user_who_forbids_the_secret_reads_once_what_it_costs_and_what_to_do() {
    // Given
    server.expect().get().withPath(SECRET).andReturn(403, status(403)).times(2);

    // When
    heartbeatSecret.check();
    heartbeatSecret.check();

    // Then
    assertThat(heartbeatSecret.validKeys()).isNaN();
    assertThat(warnings())
        .singleElement()
        .asString()
        .contains("replace a dead node late", "dataplane.heartbeat.existingSecret");
  }

  @Test
  void a_secret_that_may_be_read_but_not_created_is_reported_the_same() {
    // Given
    server.expect().get().withPath(SECRET).andReturn(404, status(404)).once();
    server.expect().post().withPath(SECRETS).andReturn(403, status(403)).once();

    // When
    heartbeatSecret.check();

    // Then
    assertThat(warnings())
        .singleElement()
        .asString()
        .contains("dataplane.heartbeat.existingSecret");
  }

  @Test
  void after_an_error_of_the_api_server_the_next_look_creates_the_secret() {
    // Given
    server.expect().get().withPath(SECRET).andReturn(500, status(500)).times(2);
    server.expect().get().withPath(SECRET).andReturn(404, status(404)).once();
    server.expect().post().withPath(SECRETS).andReturn(201, secret(KEY)).once();

    // When
    heartbeatSecret.check();
    heartbeatSecret.check();
    heartbeatSecret.check();

    // Then
    assertThat(heartbeatSecret.validKeys()).isEqualTo(1);
    assertThat(warnings()).singleElement().asString().contains("will retry");
  }

  @Test
  void invalid_lines_are_named_once_and_the_other_keys_count() {
    // Given
    server.expect().get().withPath(SECRET).andReturn(200, secret(KEY + "\nhello\n")).times(2);

    // When
    heartbeatSecret.check();
    heartbeatSecret.check();

    // Then
    assertThat(heartbeatSecret.validKeys()).isEqualTo(1);
    assertThat(warnings()).singleElement().asString().contains("lines [2]");
  }

  @Test
  void a_key_never_appears_in_the_log() {
    // Given
    server.expect().get().withPath(SECRET).andReturn(200, secret(KEY + "\nhello\n")).always();

    // When
    heartbeatSecret.check();

    // Then
    assertThat(log.list)
        .isNotEmpty()
        .allSatisfy(
            event ->
                assertThat(event.getFormattedMessage() + event.getKeyValuePairs())
                    .doesNotContain(KEY, "hello"));
  }

  @Test
  void a_secret_that_may_not_be_deleted_stays_without_an_error() {
    // Given
    server.expect().get().withPath(SECRET).andReturn(403, status(403)).once();

    // When
    HeartbeatSecret.delete(client, "lb", "keys");

    // Then
    assertThat(log.list)
        .singleElement()
        .satisfies(event -> assertThat(event.getLevel()).isEqualTo(Level.INFO))
        .satisfies(event -> assertThat(event.getFormattedMessage()).contains("cannot be deleted"));
  }

  private static Secret secret(String text) {
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace("lb")
        .withName("keys")
        .endMetadata()
        .addToData(
            "keys", Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)))
        .build();
  }

  private static Status status(int code) {
    return new StatusBuilder().withCode(code).withMessage("on purpose").build();
  }

  private List<String> warnings() {
    return log.list.stream()
        .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger(HeartbeatSecret.class);
  }
}
