package dev.ballast.operator.address;

import dev.ballast.api.v1alpha1.Address;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.NamespaceableResource;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * An API server for Addresses, in memory. Names are unique, every write increments the
 * resourceVersion, and an update or deletion with another version than the stored one conflicts.
 */
final class FakeAddressApi {

  /** How a call ends. */
  enum CallOutcome {
    SUCCEEDED,
    /** It does nothing and returns an error. */
    FAILED,
    /** It is done, but the response is lost. */
    RESPONSE_LOST
  }

  /** A change, as a watch delivers it. */
  record AddressEvent(Address address, boolean deleted) {}

  /** Decides how each call ends. It may do something else first, like another leader. */
  interface CallFaults {
    CallOutcome next();
  }

  private final Map<String, Address> stored = new TreeMap<>();
  private final List<AddressEvent> events = new ArrayList<>();
  private long version = 100;

  /** All changes, the oldest first. */
  List<AddressEvent> events() {
    return events;
  }

  List<Address> all() {
    return stored.values().stream().map(FakeAddressApi::copy).toList();
  }

  /** Deletes an Address as a person does. */
  void deleteManually(String name) {
    remove(name);
  }

  KubernetesClient client(CallFaults faults) {
    return proxy(
        KubernetesClient.class,
        (method, arguments) ->
            switch (method) {
              case "resource" -> resource((Address) arguments[0], null, faults);
              case "resources" ->
                  proxy(
                      MixedOperation.class,
                      (inner, names) -> {
                        expect("withName", inner);
                        return named((String) names[0], faults);
                      });
              default -> throw new UnsupportedOperationException(method);
            });
  }

  private Resource<?> named(String name, CallFaults faults) {
    return proxy(
        Resource.class,
        (method, arguments) -> {
          expect("get", method);
          return call(faults, () -> stored.containsKey(name) ? copy(stored.get(name)) : null);
        });
  }

  private NamespaceableResource<?> resource(Address address, String locked, CallFaults faults) {
    return proxy(
        NamespaceableResource.class,
        (method, arguments) ->
            switch (method) {
              case "create" -> call(faults, () -> create(address));
              case "update" -> call(faults, () -> update(address));
              case "lockResourceVersion" -> resource(address, (String) arguments[0], faults);
              case "delete" ->
                  call(
                      faults,
                      () -> {
                        delete(address, locked);
                        return List.of();
                      });
              default -> throw new UnsupportedOperationException(method);
            });
  }

  private static void expect(String expected, String method) {
    if (!expected.equals(method)) {
      throw new UnsupportedOperationException(method);
    }
  }

  private interface Call {
    Object run();
  }

  private static Object call(CallFaults faults, Call call) {
    CallOutcome outcome = faults.next();
    if (outcome == CallOutcome.FAILED) {
      throw new KubernetesClientException("overloaded", 500, null);
    }
    Object answer = call.run();
    if (outcome == CallOutcome.RESPONSE_LOST) {
      throw new KubernetesClientException("the connection broke");
    }
    return answer;
  }

  private Address create(Address address) {
    String name = address.getMetadata().getName();
    if (stored.containsKey(name)) {
      throw new KubernetesClientException("AlreadyExists", 409, null);
    }
    Address created = new Address();
    created.setMetadata(
        new ObjectMetaBuilder()
            .withName(name)
            .withUid("uid-" + version)
            // Timestamps have a resolution of seconds, so every version takes a second.
            .withCreationTimestamp(Instant.ofEpochSecond(version).toString())
            .build());
    created.setSpec(address.getSpec());
    return put(created);
  }

  private Address update(Address address) {
    check(address.getMetadata().getName(), address.getMetadata().getResourceVersion());
    return put(copy(address));
  }

  private void delete(Address address, String locked) {
    check(address.getMetadata().getName(), locked);
    remove(address.getMetadata().getName());
  }

  private void check(String name, String expected) {
    Address live = stored.get(name);
    if (live == null) {
      throw new KubernetesClientException("NotFound", 404, null);
    }
    if (!live.getMetadata().getResourceVersion().equals(expected)) {
      throw new KubernetesClientException("Conflict", 409, null);
    }
  }

  private Address put(Address address) {
    address.getMetadata().setResourceVersion(Long.toString(++version));
    stored.put(address.getMetadata().getName(), address);
    events.add(new AddressEvent(copy(address), false));
    return copy(address);
  }

  private void remove(String name) {
    Address deleted = stored.remove(name);
    deleted.getMetadata().setResourceVersion(Long.toString(++version));
    events.add(new AddressEvent(copy(deleted), true));
  }

  private static Address copy(Address address) {
    Address copy = new Address();
    copy.setMetadata(new ObjectMetaBuilder(address.getMetadata()).build());
    copy.setSpec(address.getSpec());
    return copy;
  }

  private interface Answer {
    Object to(String method, Object[] arguments);
  }

  private static <T> T proxy(Class<T> type, Answer answer) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> answer.to(method.getName(), arguments)));
  }
}
