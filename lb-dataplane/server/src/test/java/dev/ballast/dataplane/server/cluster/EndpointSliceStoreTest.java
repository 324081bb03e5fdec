package dev.ballast.dataplane.server.cluster;

import static dev.ballast.dataplane.server.cluster.TestObjects.at;
import static dev.ballast.dataplane.server.cluster.TestObjects.slice;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.plan.ServiceKey;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EndpointSliceStoreTest {

  private static final ServiceKey WEB = new ServiceKey("default", "web");

  private final AtomicInteger changes = new AtomicInteger();
  private final EndpointSliceStore store =
      new EndpointSliceStore(
          new WatchEventHandler<>(
              new SimpleMeterRegistry(), "EndpointSlice", service -> changes.incrementAndGet()));

  @Test
  void a_slice_of_another_service_is_not_stored() {
    // Given
    EndpointSlice slice = slice("default", "web", "web-1", "10.0.0.1");

    // When
    put(slice);

    // Then
    assertThat(store.size()).isZero();
    assertThat(store.values()).isEmpty();
    assertThat(store.keySet()).isEmpty();
    assertThat(changes).hasValue(0);
  }

  @Test
  void slices_are_unknown_until_the_list_arrives() {
    // Given
    store.setServedServices(Set.of(WEB), Set.of(WEB));

    // When
    put(slice("default", "web", "web-1", "10.0.0.1"));

    // Then
    assertThat(store.slicesOf(WEB)).isEmpty();
  }

  @Test
  void a_new_service_is_usable_with_its_newly_created_slice() {
    // Given
    put(made(slice("default", "web", "web-1", "10.0.0.1")));

    // When
    store.setServedServices(Set.of(WEB), Set.of(WEB));

    // Then
    assertThat(addresses()).containsExactly("10.0.0.1");
  }

  @Test
  void the_list_adds_slices_to_a_new_service() {
    // Given
    put(made(slice("default", "web", "web-1", "10.0.0.1")));
    EndpointSliceStore.Subscription subscription =
        store.setServedServices(Set.of(WEB), Set.of(WEB)).getFirst();

    // When
    store.merge(
        subscription,
        List.of(
            slice("default", "web", "web-1", "10.0.0.1"),
            slice("default", "web", "web-2", "10.0.0.2")));

    // Then
    assertThat(addresses()).containsExactly("10.0.0.1", "10.0.0.2");
  }

  @Test
  void a_slice_that_has_changed_since_its_creation_does_not_make_a_service_usable() {
    // Given
    put(made(slice("default", "web", "web-1", "10.0.0.1")));
    put(at(slice("default", "web", "web-1", "10.0.0.2"), 11));

    // When
    store.setServedServices(Set.of(WEB), Set.of(WEB));

    // Then
    assertThat(store.slicesOf(WEB)).isEmpty();
  }

  @Test
  void a_slice_deleted_before_its_service_is_served_is_ignored() {
    // Given
    EndpointSlice slice = made(slice("default", "web", "web-1", "10.0.0.1"));
    put(slice);
    store.remove(store.getKey(slice));

    // When
    store.setServedServices(Set.of(WEB), Set.of(WEB));

    // Then
    assertThat(store.slicesOf(WEB)).isEmpty();
  }

  @Test
  void a_new_slice_without_ready_endpoints_does_not_make_a_service_usable() {
    // Given
    put(made(slice("default", "web", "web-1")));

    // When
    store.setServedServices(Set.of(WEB), Set.of(WEB));

    // Then
    assertThat(store.slicesOf(WEB)).isEmpty();
  }

  @Test
  void slices_of_list_and_watch_are_merged() {
    // Given
    EndpointSliceStore.Subscription subscription =
        store.setServedServices(Set.of(WEB), Set.of(WEB)).getFirst();
    put(at(slice("default", "web", "web-1", "10.0.0.1"), 20));

    // When
    store.merge(subscription, List.of(at(slice("default", "web", "web-2", "10.0.0.2"), 15)));

    // Then
    assertThat(addresses()).containsExactly("10.0.0.1", "10.0.0.2");
  }

  @Test
  void a_slice_that_the_watch_delivered_during_the_list_wins() {
    // Given
    EndpointSliceStore.Subscription subscription =
        store.setServedServices(Set.of(WEB), Set.of(WEB)).getFirst();
    put(at(slice("default", "web", "web-1", "10.0.0.9"), 20));

    // When
    store.merge(subscription, List.of(at(slice("default", "web", "web-1", "10.0.0.1"), 15)));

    // Then
    assertThat(addresses()).containsExactly("10.0.0.9");
  }

  @Test
  void a_slice_deleted_during_the_list_stays_deleted() {
    // Given
    EndpointSliceStore.Subscription subscription =
        store.setServedServices(Set.of(WEB), Set.of(WEB)).getFirst();
    store.remove("default/web-1");

    // When
    store.merge(subscription, List.of(at(slice("default", "web", "web-1", "10.0.0.1"), 15)));

    // Then
    assertThat(addresses()).isEmpty();
  }

  @Test
  void a_slice_deleted_and_created_again_during_the_list_is_kept() {
    // Given
    EndpointSliceStore.Subscription subscription =
        store.setServedServices(Set.of(WEB), Set.of(WEB)).getFirst();
    store.remove("default/web-1");
    put(at(slice("default", "web", "web-1", "10.0.0.2"), 16));

    // When
    store.merge(subscription, List.of(at(slice("default", "web", "web-1", "10.0.0.1"), 12)));

    // Then
    assertThat(addresses()).containsExactly("10.0.0.2");
  }

  @Test
  void a_watch_event_older_than_the_list_is_ignored() {
    // Given
    EndpointSliceStore.Subscription subscription =
        store.setServedServices(Set.of(WEB), Set.of(WEB)).getFirst();
    store.merge(subscription, List.of(at(slice("default", "web", "web-1", "10.0.0.2"), 15)));

    // When
    put(at(slice("default", "web", "web-1", "10.0.0.1"), 14));

    // Then
    assertThat(addresses()).containsExactly("10.0.0.2");
  }

  @Test
  void a_list_for_a_service_that_was_dropped_and_served_again_is_ignored() {
    // Given
    EndpointSliceStore.Subscription first =
        store.setServedServices(Set.of(WEB), Set.of(WEB)).getFirst();
    store.setServedServices(Set.of(), Set.of(WEB));
    store.setServedServices(Set.of(WEB), Set.of(WEB));

    // When
    store.merge(first, List.of(slice("default", "web", "web-1", "10.0.0.1")));

    // Then
    assertThat(store.slicesOf(WEB)).isEmpty();
    assertThat(store.size()).isZero();
  }

  @Test
  void slices_of_a_service_no_longer_served_are_dropped() {
    // Given
    EndpointSliceStore.Subscription subscription =
        store.setServedServices(Set.of(WEB), Set.of(WEB)).getFirst();
    store.merge(subscription, List.of(slice("default", "web", "web-1", "10.0.0.1")));

    // When
    store.setServedServices(Set.of(), Set.of(WEB));

    // Then
    assertThat(store.size()).isZero();
    assertThat(store.get("default/web-1")).isNull();
    assertThat(store.isCurrent(subscription)).isFalse();
  }

  @Test
  void a_slice_relabeled_to_another_service_is_dropped() {
    // Given
    EndpointSliceStore.Subscription subscription =
        store.setServedServices(Set.of(WEB), Set.of(WEB)).getFirst();
    store.merge(subscription, List.of(slice("default", "web", "web-1", "10.0.0.1")));

    // When
    put(at(slice("default", "other", "web-1", "10.0.0.1"), 20));

    // Then
    assertThat(addresses()).isEmpty();
    assertThat(store.size()).isZero();
  }

  @Test
  void a_deletion_advances_the_latest_version() {
    // Given
    EndpointSlice deleted = at(slice("default", "other", "other-1"), 77);

    // When
    store.getKey(deleted);

    // Then
    assertThat(store.latestVersion()).isEqualTo(77);
  }

  @Test
  void a_change_of_the_version_alone_is_not_reported() {
    // Given
    EndpointSliceStore.Subscription subscription =
        store.setServedServices(Set.of(WEB), Set.of(WEB)).getFirst();
    store.merge(subscription, List.of(at(slice("default", "web", "web-1", "10.0.0.1"), 10)));
    int before = changes.get();

    // When
    put(at(slice("default", "web", "web-1", "10.0.0.1"), 11));

    // Then
    assertThat(changes).hasValue(before);
  }

  private static EndpointSlice made(EndpointSlice slice) {
    return slice.edit().editMetadata().withGeneration(1L).endMetadata().build();
  }

  private void put(EndpointSlice slice) {
    store.put(store.getKey(slice), slice);
  }

  private List<String> addresses() {
    return store.slicesOf(WEB).orElseThrow().stream()
        .flatMap(slice -> slice.endpoints().values().stream())
        .flatMap(List::stream)
        .map(Endpoint::address)
        .map(address -> address.getHostAddress())
        .toList();
  }
}
