package dev.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Services of the same few names that are created and deleted in quick succession. */
class ChurnTest extends OperatorTest {

  private static final int NAMES = 4;
  private static final int ROUNDS = 15;

  ChurnTest(KubernetesClient client) {
    super(client);
  }

  @Test
  void quick_creations_and_deletions_leave_no_objects_and_log_no_error() throws Exception {
    // Given
    pool("192.0.2.10-192.0.2.12");

    // When
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Void>> users =
          IntStream.range(0, NAMES)
              .<Callable<Void>>mapToObj(i -> () -> createAndDelete("web-" + i, i))
              .toList();
      for (Future<Void> user : executor.invokeAll(users)) {
        user.get();
      }
    }

    // Then
    clear();
    assertThat(logged(Level.WARN)).isEmpty();
  }

  @Test
  void a_service_recreated_at_once_always_gets_an_address() {
    // Given
    pool("192.0.2.10-192.0.2.12");

    for (int round = 0; round < 30; round++) {
      // When
      create(loadBalancer("web", 80));

      // Then
      await().pollInterval(Duration.ofMillis(2)).until(() -> ingress("web").isPresent());
      client.services().inNamespace(namespace).withName("web").delete();
      await().pollInterval(Duration.ofMillis(2)).until(() -> service("web") == null);
    }
    clear();
    assertThat(logged(Level.WARN)).isEmpty();
  }

  /** Deletes some Services before, some during, and some after their reconciliation. */
  private Void createAndDelete(String name, int seed) {
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      create(loadBalancer(name, 80));
      pause(Duration.ofMillis(random.nextInt(40)));
      client.services().inNamespace(namespace).withName(name).delete();
      await().pollInterval(Duration.ofMillis(5)).until(() -> service(name) == null);
    }
    return null;
  }

  private static void pause(Duration time) {
    Awaitility.await()
        .pollInterval(Duration.ofMillis(1))
        .pollDelay(time)
        .atMost(time.plusSeconds(5))
        .until(() -> true);
  }
}
