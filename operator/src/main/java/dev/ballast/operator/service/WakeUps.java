package dev.ballast.operator.service;

import io.fabric8.kubernetes.api.model.Service;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.controller.ResourceAction;
import io.javaoperatorsdk.operator.processing.event.source.controller.ResourceEvent;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Makes a Service be looked at again without an event of its own.
 *
 * <p>It hears as {@link Metrics}, too: with {@code triggerReconcilerOnAllEvents}, JOSDK drops what
 * arrives while a deletion is reconciled (EventProcessor#eventProcessingFinished, up to 5.3.2 at
 * least). A Service made anew just then would never be looked at. The metric of the end of such a
 * clean-up is the only hook behind that point.
 */
final class WakeUps extends SimpleInboundEventSource<Service> implements Metrics {

  private final Function<ResourceID, Optional<Service>> services;

  /** {@code services}: what the watch shows. */
  WakeUps(Function<ResourceID, Optional<Service>> services) {
    super("wake-ups");
    this.services = services;
  }

  @Override
  public void cleanupDoneFor(ResourceID id, Map<String, Object> metadata) {
    services
        .apply(id)
        .map(service -> new ResourceEvent(ResourceAction.ADDED, id, service))
        .ifPresent(getEventHandler()::handleEvent);
  }
}
