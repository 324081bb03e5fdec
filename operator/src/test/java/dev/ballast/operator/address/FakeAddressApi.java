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
 * Addresses as an API server keeps them: one of a name, each write with a version of its own, an
 * update or a deletion of another version than the stored one refused.
 */
final class FakeAddressApi {

  /** What becomes of a call. */
  enum Fate {
    ANSWERED,
    /** It does nothing, and an error is the answer. */
    REFUSED,
    /** It is done, and the answer does not arrive. */
    LOST
  }

  /** A change as a watch tells it. */
  record News(Address address, boolean deleted) {}

  /** Asked before every call; may do something else first, as another leader does. */
  interface Weather {
    Fate next();
  }

  private final Map<String, Address> stored = new TreeMap<>();
  private final List<News> history = new ArrayList<>();
  private long version = 100;

  /** All changes there were, the oldest first. */
  List<News> history() {
    return history;
  }

  List<Address> all() {
    return stored.values().stream().map(FakeAddressApi::copy).toList();
  }

  /** As a person does it. */
  void deleteByHand(String name) {
    remove(name);
  }

  KubernetesClient client(Weather weather) {
    return proxy(
        KubernetesClient.class,
        (method, arguments) ->
            switch (method) {
              case "resource" -> resource((Address) arguments[0], null, weather);
              case "resources" ->
                  proxy(
                      MixedOperation.class,
                      (inner, names) -> {
                        expect("withName", inner);
                        return named((String) names[0], weather);
                      });
              default -> throw new UnsupportedOperationException(method);
            });
  }

  private Resource<?> named(String name, Weather weather) {
    return proxy(
        Resource.class,
        (method, arguments) -> {
          expect("get", method);
          return call(weather, () -> stored.containsKey(name) ? copy(stored.get(name)) : null);
        });
  }

  private NamespaceableResource<?> resource(Address given, String locked, Weather weather) {
    return proxy(
        NamespaceableResource.class,
        (method, arguments) ->
            switch (method) {
              case "create" -> call(weather, () -> create(given));
              case "update" -> call(weather, () -> update(given));
              case "lockResourceVersion" -> resource(given, (String) arguments[0], weather);
              case "delete" ->
                  call(
                      weather,
                      () -> {
                        delete(given, locked);
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

  private static Object call(Weather weather, Call call) {
    Fate fate = weather.next();
    if (fate == Fate.REFUSED) {
      throw new KubernetesClientException("overloaded", 500, null);
    }
    Object answer = call.run();
    if (fate == Fate.LOST) {
      throw new KubernetesClientException("the connection broke");
    }
    return answer;
  }

  private Address create(Address given) {
    String name = given.getMetadata().getName();
    if (stored.containsKey(name)) {
      throw new KubernetesClientException("AlreadyExists", 409, null);
    }
    Address made = new Address();
    made.setMetadata(
        new ObjectMetaBuilder()
            .withName(name)
            .withUid("uid-" + version)
            // The API server's clock counts seconds, and so does this one: one each.
            .withCreationTimestamp(Instant.ofEpochSecond(version).toString())
            .build());
    made.setSpec(given.getSpec());
    return put(made);
  }

  private Address update(Address given) {
    check(given.getMetadata().getName(), given.getMetadata().getResourceVersion());
    return put(copy(given));
  }

  private void delete(Address given, String locked) {
    check(given.getMetadata().getName(), locked);
    remove(given.getMetadata().getName());
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
    history.add(new News(copy(address), false));
    return copy(address);
  }

  private void remove(String name) {
    Address gone = stored.remove(name);
    gone.getMetadata().setResourceVersion(Long.toString(++version));
    history.add(new News(copy(gone), true));
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
