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
 * Makes an object be looked at again without an event of its own.
 *
 * <p>It hears as {@link Metrics}, too: with {@code triggerReconcilerOnAllEvents}, JOSDK drops what
 * arrives while a deletion is reconciled (EventProcessor#eventProcessingFinished, up to 5.3.2 at
 * least). An object made anew just then would never be looked at. The metric of the end of such a
 * clean-up is the only hook behind that point.
 */
public final class RequeueEventSource<P extends HasMetadata> extends SimpleInboundEventSource<P>
    implements Metrics {

  private final Function<ResourceID, Optional<P>> shown;

  /** {@code shown}: what the watch shows. */
  public RequeueEventSource(Function<ResourceID, Optional<P>> shown) {
    super("wake-ups");
    this.shown = shown;
  }

  @Override
  public void cleanupDoneFor(ResourceID id, Map<String, Object> metadata) {
    shown
        .apply(id)
        .map(object -> new ResourceEvent(ResourceAction.ADDED, id, object))
        .ifPresent(getEventHandler()::handleEvent);
  }
}
