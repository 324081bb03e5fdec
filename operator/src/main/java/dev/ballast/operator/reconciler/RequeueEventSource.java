package dev.ballast.operator.reconciler;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.controller.ResourceAction;
import io.javaoperatorsdk.operator.processing.event.source.controller.ResourceEvent;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Requeues an object for reconciliation without an event of its own.
 *
 * <p>It also implements {@link Metrics}. With {@code triggerReconcilerOnAllEvents}, JOSDK drops
 * events that arrive while a deletion is reconciled (EventProcessor#eventProcessingFinished, up to
 * 5.3.2 at least). An object that is created again at that time would never be reconciled. The
 * metric for the end of the clean-up is the only hook after that point.
 */
public final class RequeueEventSource<P extends HasMetadata> extends SimpleInboundEventSource<P>
    implements Metrics {

  private final Function<ResourceID, Optional<P>> cache;

  /** {@code cache} looks up an object of the watch. */
  public RequeueEventSource(Function<ResourceID, Optional<P>> cache) {
    super("requeue");
    this.cache = cache;
  }

  @Override
  public void cleanupDoneFor(ResourceID id, Map<String, Object> metadata) {
    cache
        .apply(id)
        .map(object -> new ResourceEvent(ResourceAction.ADDED, id, object))
        .ifPresent(getEventHandler()::handleEvent);
  }
}
