package dev.ballast.operator.heartbeat;

import dev.ballast.apiclient.HeartbeatKeyFile;
import dev.ballast.logging.LogKeys;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.net.HttpURLConnection;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Secret with the keys of the heartbeats. The leader creates it with a random key whenever it
 * is absent. A Secret that exists is never written: its keys belong to the users, who rotate them.
 */
public final class HeartbeatSecret implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(HeartbeatSecret.class);

  /** The kubelets need up to a minute for a change, so a watch would not help. */
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  private static final String MANAGED_BY = "app.kubernetes.io/managed-by";
  private static final String OPERATOR = "ballast-operator";

  /**
   * Without {@code app.kubernetes.io/instance}. By that label, Argo CD takes an object for one of
   * its application, and deletes it because it is not in the repository.
   */
  private static final Map<String, String> LABELS =
      Map.of(
          "app.kubernetes.io/name",
          "ballast",
          "app.kubernetes.io/component",
          "dataplane",
          MANAGED_BY,
          OPERATOR);

  /** What the last look has found. A log line is written when it changes. */
  private enum SecretState {
    NOTHING,
    KEYS,
    INVALID_LINES,
    NO_KEY,
    FORBIDDEN,
    FAILED
  }

  private final KubernetesClient client;
  private final String namespace;
  private final String name;
  private final SecureRandom random = new SecureRandom();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofVirtual().name("heartbeat-secret").factory());
  private SecretState state = SecretState.NOTHING;
  private volatile double validKeys = Double.NaN;
  private volatile boolean closed;

  /** {@code name}: empty if the operator makes no Secret. */
  public HeartbeatSecret(KubernetesClient client, String namespace, String name) {
    this.client = client;
    this.namespace = namespace;
    this.name = name;
  }

  /** Looks at once and then in intervals. Call it once this process is the leader. */
  public void start() {
    if (!name.isEmpty()) {
      var unused =
          timer.scheduleWithFixedDelay(this::check, 0, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /** The number of valid keys in the Secret; NaN while this process does not know it. */
  public double validKeys() {
    return validKeys;
  }

  /** Creates the Secret if it is absent. Never throws. */
  void check() {
    try {
      Secret secret = resource(client, namespace, name).get();
      if (secret == null) {
        create();
      } else {
        onFound(HeartbeatKeyFile.of(secret));
      }
    } catch (KubernetesClientException e) {
      onFailure(e);
    } catch (RuntimeException e) {
      if (!closed) {
        log.atError().setCause(e).log("Failed to look at the heartbeat keys, will retry");
      }
    }
  }

  private void create() {
    try {
      client.resource(withRandomKey()).create();
      validKeys = 1;
      state = SecretState.KEYS;
      log.atInfo()
          .addKeyValue(LogKeys.SECRET, name)
          .log("Created the Secret with a key for the heartbeats");
    } catch (KubernetesClientException e) {
      // Another replica or a person was first. The next look reads the keys.
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
    }
  }

  private Secret withRandomKey() {
    byte[] key = new byte[HeartbeatKeyFile.KEY_BYTES];
    random.nextBytes(key);
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(name)
        .withLabels(LABELS)
        .endMetadata()
        .withType("Opaque")
        .addToStringData(HeartbeatKeyFile.ENTRY, Base64.getEncoder().encodeToString(key) + "\n")
        .build();
  }

  private void onFound(HeartbeatKeyFile file) {
    validKeys = file.keys().size();
    if (file.keys().isEmpty()) {
      if (isNew(SecretState.NO_KEY)) {
        log.atWarn()
            .addKeyValue(LogKeys.SECRET, name)
            .log(
                "Found no valid key in the Secret, so the nodes exchange no heartbeats and replace"
                    + " a dead node late. Write 32 random bytes in base64 to its entry '{}'. Or"
                    + " delete the Secret, and the operator creates it again",
                HeartbeatKeyFile.ENTRY);
      }
    } else if (!file.invalidLines().isEmpty()) {
      if (isNew(SecretState.INVALID_LINES)) {
        log.atWarn()
            .addKeyValue(LogKeys.SECRET, name)
            .log(
                "Ignored lines {} of the Secret. They are not base64 of 32 bytes or more. Correct"
                    + " or remove them",
                file.invalidLines());
      }
    } else if (isNew(SecretState.KEYS)) {
      log.atInfo().addKeyValue(LogKeys.SECRET, name).log("Found the keys of the heartbeats");
    }
  }

  private void onFailure(KubernetesClientException e) {
    validKeys = Double.NaN;
    if (closed) {
      return;
    }
    if (e.getCode() == HttpURLConnection.HTTP_FORBIDDEN) {
      if (isNew(SecretState.FORBIDDEN)) {
        log.atWarn()
            .addKeyValue(LogKeys.SECRET, name)
            .addKeyValue(LogKeys.CAUSE, e.getMessage())
            .log(
                "May not read or create the Secret. Without it, the nodes exchange no heartbeats"
                    + " and replace a dead node late. Grant the rights of the chart, or create the"
                    + " Secret and name it in the Helm value dataplane.heartbeat.existingSecret");
      }
    } else if (isNew(SecretState.FAILED)) {
      log.atWarn()
          .addKeyValue(LogKeys.SECRET, name)
          .addKeyValue(LogKeys.CAUSE, e.getMessage())
          .log("Could not read or create the Secret with the heartbeat keys, will retry");
    }
  }

  private boolean isNew(SecretState found) {
    boolean changed = state != found;
    state = found;
    return changed;
  }

  /**
   * Deletes the Secret if an operator has created it. A Secret of a user stays. For the
   * uninstallation, when no operator runs.
   *
   * @param name empty if the operator makes no Secret
   */
  public static void delete(KubernetesClient client, String namespace, String name) {
    if (name.isEmpty()) {
      return;
    }
    try {
      Secret secret = resource(client, namespace, name).get();
      if (secret != null
          && OPERATOR.equals(
              Objects.requireNonNullElse(secret.getMetadata().getLabels(), Map.of())
                  .get(MANAGED_BY))) {
        resource(client, namespace, name).delete();
      }
    } catch (KubernetesClientException e) {
      log.atInfo()
          .addKeyValue(LogKeys.SECRET, name)
          .addKeyValue(LogKeys.CAUSE, e.getMessage())
          .log("The Secret with the heartbeat keys stays, because it cannot be deleted");
    }
  }

  private static Resource<Secret> resource(KubernetesClient client, String namespace, String name) {
    return client.secrets().inNamespace(namespace).withName(name);
  }

  @Override
  public void close() {
    closed = true;
    timer.shutdownNow();
  }
}
