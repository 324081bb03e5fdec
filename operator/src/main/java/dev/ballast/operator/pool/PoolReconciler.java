package dev.ballast.operator.pool;

import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.AddressPoolStatus;
import dev.ballast.operator.ipam.Ledger;
import dev.ballast.operator.ipam.PoolAddresses;
import dev.ballast.operator.observe.Vanished;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.rate.RateLimited;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reports how full a pool is and whether it can be used. At most once a second for each pool. */
@RateLimited(maxReconciliations = 1, within = 1)
@ControllerConfiguration(name = "addresspool", fieldManager = "ballast-operator")
public final class PoolReconciler implements Reconciler<AddressPool> {

  private final Ledger ledger;
  private final InstantSource clock;
  private final SimpleInboundEventSource<AddressPool> changes =
      new SimpleInboundEventSource<>("address-changes");
  private @Nullable IndexerResourceCache<AddressPool> pools;

  public PoolReconciler(Ledger ledger, InstantSource clock) {
    this.ledger = ledger;
    this.clock = clock;
  }

  @Override
  public List<EventSource<?, AddressPool>> prepareEventSources(
      EventSourceContext<AddressPool> context) {
    pools = context.getPrimaryCache();
    return List.of(changes);
  }

  /** Addresses were taken or given back: counts are to be written anew. */
  public void recount() {
    if (pools != null) {
      pools.keys().map(id -> new ResourceID(id.getName())).forEach(changes::propagateEvent);
    }
  }

  @Override
  public UpdateControl<AddressPool> reconcile(AddressPool pool, Context<AddressPool> context) {
    AddressPoolStatus before = pool.getStatus();
    AddressPoolStatus after = statusOf(pool, before);
    if (after.equals(before)) {
      return UpdateControl.noUpdate();
    }
    AddressPool patch = new AddressPool();
    patch.getMetadata().setName(pool.getMetadata().getName());
    patch.getMetadata().setUid(pool.getMetadata().getUid());
    patch.setStatus(after);
    return UpdateControl.patchStatus(patch);
  }

  @Override
  public ErrorStatusUpdateControl<AddressPool> updateErrorStatus(
      AddressPool pool, Context<AddressPool> context, Exception e) {
    return Vanished.orRetry(pool, e);
  }

  private AddressPoolStatus statusOf(AddressPool pool, @Nullable AddressPoolStatus before) {
    Long generation = pool.getMetadata().getGeneration();
    return switch (PoolAddresses.parse(pool.getSpec().addresses())) {
      case PoolAddresses.Ranges _ -> {
        Ledger.Usage usage = ledger.usage(pool.getMetadata().getName());
        boolean full = usage.available() == 0;
        yield new AddressPoolStatus(
            generation,
            usage.capacity(),
            usage.allocated(),
            usage.available(),
            List.of(
                ready(
                    before,
                    generation,
                    !full,
                    full ? "Exhausted" : "Usable",
                    full
                        ? "Every address is held. Add addresses, or delete Services that need none."
                        : "Addresses can be assigned.")));
      }
      case PoolAddresses.Malformed(var entry, var why) ->
          new AddressPoolStatus(
              generation,
              null,
              null,
              null,
              List.of(
                  ready(
                      before,
                      generation,
                      false,
                      "Malformed",
                      "No address is assigned from this pool: '%s' cannot be read, since %s. Correct spec.addresses."
                          .formatted(entry, why))));
    };
  }

  private Condition ready(
      @Nullable AddressPoolStatus before,
      Long generation,
      boolean status,
      String reason,
      String message) {
    String word = status ? "True" : "False";
    String since =
        Optional.ofNullable(before).map(AddressPoolStatus::conditions).orElse(List.of()).stream()
            .filter(old -> old.getType().equals("Ready") && old.getStatus().equals(word))
            .map(Condition::getLastTransitionTime)
            .findFirst()
            .orElseGet(() -> clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
    return new ConditionBuilder()
        .withType("Ready")
        .withStatus(word)
        .withReason(reason)
        .withMessage(message)
        .withObservedGeneration(generation)
        .withLastTransitionTime(since)
        .build();
  }
}
