package dev.ballast.operator.service;

import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Services that have no address yet, to be looked at again when one may have become free. */
final class PendingServices {

  private final Set<ResourceID> services = ConcurrentHashMap.newKeySet();

  void add(ResourceID service) {
    services.add(service);
  }

  void remove(ResourceID service) {
    services.remove(service);
  }

  int count() {
    return services.size();
  }

  void forEach(Consumer<ResourceID> wake) {
    services.forEach(wake);
  }
}
