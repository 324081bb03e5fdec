package dev.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.operator.observe.EventRecorder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Equal Events are one object. */
class EventSeriesTest extends ApiServerTest {

  private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(4);
  private final EventRecorder events;
  private Service service;

  EventSeriesTest(KubernetesClient client) {
    super(client);
    events = new EventRecorder(client, "test", InstantSource.system(), threads);
  }

  @BeforeEach
  void createService() {
    service = client.resource(loadBalancer("web", 80)).inNamespace(namespace).create();
  }

  @AfterEach
  void stop() {
    threads.shutdownNow();
    client.services().inNamespace(namespace).delete();
  }

  @Test
  void equal_events_are_counted_in_the_first_one() {
    // Given
    events.normal(service, "AddressMoved", "Node n2 took the address.");
    await().untilAsserted(() -> assertThat(ourEvents()).hasSize(1));

    // When
    for (int i = 0; i < 4; i++) {
      events.normal(service, "AddressMoved", "Node n2 took the address.");
    }

    // Then
    await()
        .untilAsserted(
            () ->
                assertThat(ourEvents())
                    .singleElement()
                    .satisfies(
                        event -> {
                          assertThat(event.getSeries()).isNotNull();
                          assertThat(event.getSeries().getCount()).isEqualTo(5);
                        }));
  }

  @Test
  void an_event_with_another_note_is_another_object() {
    // Given
    events.normal(service, "AddressMoved", "Node n2 took the address.");

    // When
    events.normal(service, "AddressMoved", "Node n3 took the address.");

    // Then
    await()
        .untilAsserted(
            () ->
                assertThat(ourEvents())
                    .extracting(Event::getNote)
                    .containsExactlyInAnyOrder(
                        "Node n2 took the address.", "Node n3 took the address."));
    assertThat(ourEvents()).allMatch(event -> event.getSeries() == null);
  }

  @Test
  void an_event_that_was_deleted_is_written_again() {
    // Given
    events.normal(service, "AddressMoved", "Node n2 took the address.");
    await().untilAsserted(() -> assertThat(ourEvents()).hasSize(1));
    client.events().v1().events().inNamespace(namespace).delete();
    await().untilAsserted(() -> assertThat(ourEvents()).isEmpty());

    // When
    events.normal(service, "AddressMoved", "Node n2 took the address.");

    // Then
    await().untilAsserted(() -> assertThat(ourEvents()).hasSize(1));
  }
}
