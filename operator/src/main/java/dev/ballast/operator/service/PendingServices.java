package dev.ballast.operator.service;

import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Services without all their addresses; they are requeued when an address becomes free. */
final class PendingServices {

  private final Set<ResourceID> services = ConcurrentHashMap.newKeySet();

  void set(ResourceID service, boolean pending) {
    if (pending) {
      services.add(service);
    } else {
      services.remove(service);
    }
  }

  void remove(ResourceID service) {
    services.remove(service);
  }

  int count() {
    return services.size();
  }

  void forEach(Consumer<ResourceID> action) {
    services.forEach(action);
  }
}
