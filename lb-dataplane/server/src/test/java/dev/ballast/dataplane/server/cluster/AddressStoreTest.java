package dev.ballast.dataplane.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressStatus;
import dev.ballast.dataplane.core.plan.ServiceKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The events of the watch of Addresses, in orders that a real one may have. */
@Tag("feature:address")
class AddressStoreTest {

  private static final ServiceKey WEB = new ServiceKey("shop", "web");
  private static final ServiceKey MAIL = new ServiceKey("shop", "mail");

  private final List<ServiceKey> changes = new ArrayList<>();
  private final List<InetAddress> claimed = new ArrayList<>();
  private final List<AddressStore.Deletion> deletions = new ArrayList<>();
  private final AddressStore store =
      new AddressStore(
          new WatchEventHandler<>(new SimpleMeterRegistry(), "Address", changes::add),
          claimed::add,
          deletions::add);

  @Test
  void an_address_is_granted_to_all_services_of_its_claims() {
    // When
    put("192.0.2.1", "web", "mail");

    // Then
    assertThat(isGranted("192.0.2.1", WEB)).isTrue();
    assertThat(isGranted("192.0.2.1", MAIL)).isTrue();
    assertThat(changes).containsExactlyInAnyOrder(WEB, MAIL);
  }

  @Test
  void an_ipv6_address_is_read_from_the_name_of_its_object() {
    // When
    put("2001:db8::7", "web");

    // Then
    assertThat(isGranted("2001:db8::7", WEB)).isTrue();
    assertThat(store.keySet()).containsExactly("2001-db8-0-0-0-0-0-7");
  }

  @Test
  void a_claim_that_is_removed_revokes_the_grant_at_once() {
    // Given
    put("192.0.2.1", "web", "mail");
    changes.clear();

    // When
    put("192.0.2.1", "mail");

    // Then
    assertThat(isGranted("192.0.2.1", WEB)).isFalse();
    assertThat(isGranted("192.0.2.1", MAIL)).isTrue();
    assertThat(changes).contains(WEB);
  }

  @Test
  void a_deletion_revokes_the_grant_when_it_expires() {
    // Given
    put("192.0.2.1", "web");
    store.remove("192.0.2.1");
    assertThat(isGranted("192.0.2.1", WEB)).isTrue();
    changes.clear();

    // When
    store.expire(deletions.getFirst());

    // Then
    assertThat(isGranted("192.0.2.1", WEB)).isFalse();
    assertThat(changes).containsExactly(WEB);
    assertThat(store.size()).isZero();
  }

  @Test
  void an_address_that_is_created_again_keeps_its_grant() {
    // Given
    put("192.0.2.1", "web");
    store.remove("192.0.2.1");
    put("192.0.2.1", "web");

    // When
    store.expire(deletions.getFirst());

    // Then
    assertThat(isGranted("192.0.2.1", WEB)).isTrue();
  }

  @Test
  void a_second_deletion_lasts_as_long_as_the_first() {
    // Given
    put("192.0.2.1", "web");
    store.remove("192.0.2.1");
    put("192.0.2.1", "web");
    store.remove("192.0.2.1");

    // When
    store.expire(deletions.getFirst());

    // Then
    assertThat(isGranted("192.0.2.1", WEB)).isTrue();
  }

  @Test
  void an_address_that_another_service_gets_after_a_deletion_is_revoked_at_once() {
    // Given
    put("192.0.2.1", "web");
    store.remove("192.0.2.1");

    // When
    put("192.0.2.1", "mail");

    // Then
    assertThat(isGranted("192.0.2.1", WEB)).isFalse();
    assertThat(isGranted("192.0.2.1", MAIL)).isTrue();
  }

  @Test
  void the_informer_finds_the_addresses_that_a_list_lacks() {
    // Given
    put("192.0.2.1", "web");
    put("192.0.2.2", "web");
    store.remove("192.0.2.2");

    // When
    List<String> known = store.values().map(store::getKey).toList();

    // Then
    assertThat(known).containsExactly("192.0.2.1");
  }

  @Test
  void an_object_that_is_not_named_by_an_address_is_ignored() {
    // Given
    Address object = TestObjects.address("192.0.2.1", "shop", "web");

    // When
    store.put("not-an-address", object);

    // Then
    assertThat(store.size()).isZero();
  }

  @Test
  void only_an_address_that_services_have_is_claimed_and_only_once() {
    // When
    put("192.0.2.1");
    put("192.0.2.2", "web");
    put("192.0.2.2", "web", "mail");

    // Then
    assertThat(claimed).containsExactly(InetAddress.ofLiteral("192.0.2.2"));
  }

  @Test
  void the_pool_is_the_one_that_has_the_address_now() {
    // Given
    put("192.0.2.1", "web");
    assertThat(store.poolOf(InetAddress.ofLiteral("192.0.2.1"))).contains("pool");
    changes.clear();
    Address object = TestObjects.address("192.0.2.1", "shop", "web");
    object.setStatus(new AddressStatus(null, "other", List.of()));

    // When
    store.put(store.getKey(object), object);

    // Then
    assertThat(store.poolOf(InetAddress.ofLiteral("192.0.2.1"))).contains("other");
    assertThat(changes).containsExactly(WEB);
  }

  @Test
  void an_address_that_is_deleted_keeps_its_pool_until_the_deletion_expires() {
    // Given
    put("192.0.2.1", "web");

    // When
    store.remove("192.0.2.1");

    // Then
    assertThat(store.poolOf(InetAddress.ofLiteral("192.0.2.1"))).contains("pool");
    store.expire(deletions.getFirst());
    assertThat(store.poolOf(InetAddress.ofLiteral("192.0.2.1"))).isEmpty();
  }

  private void put(String ip, String... services) {
    Address object = TestObjects.address(ip, "shop", services);
    store.put(store.getKey(object), object);
  }

  private boolean isGranted(String ip, ServiceKey service) {
    return store
        .grantOf(InetAddress.ofLiteral(ip))
        .filter(grant -> grant.includes(service, Optional.of("uid-of-" + service.name())))
        .isPresent();
  }
}
