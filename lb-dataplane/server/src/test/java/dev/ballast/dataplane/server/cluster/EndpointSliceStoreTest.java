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
  void a_slice_of_a_service_that_is_not_served_leaves_nothing() {
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
  void slices_are_not_known_until_they_were_listed() {
    // Given
    store.setServedServices(Set.of(WEB), Set.of(WEB));

    // When
    put(slice("default", "web", "web-1", "10.0.0.1"));

    // Then
    assertThat(store.slicesOf(WEB)).isEmpty();
  }

  @Test
  void a_new_service_is_known_by_the_slice_that_was_made_for_it() {
    // Given
    put(made(slice("default", "web", "web-1", "10.0.0.1")));

    // When
    store.setServedServices(Set.of(WEB), Set.of(WEB));

    // Then
    assertThat(addresses()).containsExactly("10.0.0.1");
  }

  @Test
  void what_the_list_adds_to_a_new_service_comes_with_it() {
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
  void a_slice_that_has_changed_since_it_was_made_is_not_the_whole_of_a_new_service() {
    // Given
    put(made(slice("default", "web", "web-1", "10.0.0.1")));
    put(at(slice("default", "web", "web-1", "10.0.0.2"), 11));

    // When
    store.setServedServices(Set.of(WEB), Set.of(WEB));

    // Then
    assertThat(store.slicesOf(WEB)).isEmpty();
  }

  @Test
  void a_slice_deleted_before_its_service_is_served_is_not_used() {
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
  void a_new_slice_without_ready_endpoints_is_not_begun_with() {
    // Given
    put(made(slice("default", "web", "web-1")));

    // When
    store.setServedServices(Set.of(WEB), Set.of(WEB));

    // Then
    assertThat(store.slicesOf(WEB)).isEmpty();
  }

  @Test
  void a_list_and_the_watch_make_one_whole() {
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
  void what_the_watch_saw_during_the_list_wins() {
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
  void a_slice_deleted_and_made_again_during_the_list_is_there() {
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
  void a_watch_behind_the_list_takes_nothing_back() {
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
  void a_list_for_an_interest_that_was_given_up_and_taken_again_is_ignored() {
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
  void a_slice_relabelled_to_another_service_leaves_this_one() {
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
  void the_version_of_a_deletion_counts_as_seen() {
    // Given
    EndpointSlice deleted = at(slice("default", "other", "other-1"), 77);

    // When
    store.getKey(deleted);

    // Then
    assertThat(store.latestVersion()).isEqualTo(77);
  }

  @Test
  void a_change_of_nothing_but_the_version_wakes_nobody() {
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
