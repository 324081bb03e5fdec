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

/** Services of the same few names, made and deleted in a hurry. */
class ChurnTest extends OperatorTest {

  private static final int NAMES = 4;
  private static final int ROUNDS = 15;

  ChurnTest(KubernetesClient client) {
    super(client);
  }

  @Test
  void nothing_is_left_behind_and_nobody_alarmed() throws Exception {
    // Given
    pool("192.0.2.10-192.0.2.12");

    // When
    try (ExecutorService users = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Void>> hurries =
          IntStream.range(0, NAMES)
              .<Callable<Void>>mapToObj(i -> () -> hurry("web-" + i, i))
              .toList();
      for (Future<Void> hurry : users.invokeAll(hurries)) {
        hurry.get();
      }
    }

    // Then
    clear();
    assertThat(logged(Level.WARN)).isEmpty();
  }

  @Test
  void a_service_made_anew_at_once_gets_an_address_every_time() {
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

  /**
   * Some Services are deleted before they are looked at, some half way, some when they are done.
   */
  private Void hurry(String name, int seed) {
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
