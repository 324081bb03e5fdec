package dev.ballast.operator.pool;

import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.AddressPoolStatus;
import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.operator.ipam.Allocator;
import dev.ballast.operator.ipam.PoolReport;
import dev.ballast.operator.reconciler.Debouncer;
import dev.ballast.operator.reconciler.FinalizerWriter;
import dev.ballast.operator.reconciler.RequeueEventSource;
import dev.ballast.operator.reconciler.StaleObjectErrors;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
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
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reports how full a pool is and whether it can be used, and keeps one that is deleted until no
 * Service depends on it. At most once a second for each pool.
 */
@RateLimited(maxReconciliations = 1, within = 1)
@ControllerConfiguration(
    name = "addresspool",
    triggerReconcilerOnAllEvents = true,
    fieldManager = "ballast-operator")
public final class PoolReconciler implements Reconciler<AddressPool>, AutoCloseable {

  /** So that a count does not compete with the Services that it counts. */
  private static final Duration COUNT_LATER = Duration.ofSeconds(2);

  private final KubernetesClient client;
  private final Allocator allocator;
  private final InstantSource clock;
  private final Debouncer count = new Debouncer("pool-counts", () -> wake(pool -> true));
  private final RequeueEventSource<AddressPool> requeueEventSource =
      new RequeueEventSource<>(this::shown);
  private @Nullable IndexerResourceCache<AddressPool> pools;

  public PoolReconciler(KubernetesClient client, Allocator allocator, InstantSource clock) {
    this.client = client;
    this.allocator = allocator;
    this.clock = clock;
  }

  @Override
  public List<EventSource<?, AddressPool>> prepareEventSources(
      EventSourceContext<AddressPool> context) {
    pools = context.getPrimaryCache();
    return List.of(requeueEventSource);
  }

  private Optional<AddressPool> shown(ResourceID id) {
    return pools == null ? Optional.empty() : pools.get(id);
  }

  /** To be told when JOSDK has seen off a pool. */
  public Metrics departures() {
    return requeueEventSource;
  }

  /**
   * Addresses were taken or given back: counts are to be written anew, in a while. A pool's first
   * use is seen to at once, and one that is about to go is not kept waiting.
   */
  public void recount() {
    wake(pool -> !pool.hasFinalizer(ApiNames.IN_USE_FINALIZER) || pool.isMarkedForDeletion());
    count.runAfter(COUNT_LATER);
  }

  private void wake(Predicate<AddressPool> which) {
    if (pools != null) {
      pools.list(which).map(ResourceID::fromResource).forEach(requeueEventSource::propagateEvent);
    }
  }

  @Override
  public UpdateControl<AddressPool> reconcile(AddressPool pool, Context<AddressPool> context) {
    if (context.isPrimaryResourceDeleted()) {
      return UpdateControl.noUpdate();
    }
    String name = pool.getMetadata().getName();
    PoolReport report = allocator.report(name);
    List<String> dependants = pool.isMarkedForDeletion() ? allocator.dependants(name) : List.of();
    if (!keep(pool, pool.isMarkedForDeletion() ? !dependants.isEmpty() : report.inUse())) {
      return UpdateControl.noUpdate();
    }
    AddressPoolStatus after = PoolStatusBuilder.of(pool, report, dependants, clock.instant());
    if (after.equals(pool.getStatus())) {
      return UpdateControl.noUpdate();
    }
    AddressPool patch = new AddressPool();
    patch.getMetadata().setName(pool.getMetadata().getName());
    patch.getMetadata().setUid(pool.getMetadata().getUid());
    patch.setStatus(after);
    return UpdateControl.patchStatus(patch);
  }

  /**
   * Sets the finalizer on a pool that is in use, and on no other: without an operator, a pool that
   * nobody uses can be deleted all the same.
   *
   * @return false when the pool is let go
   */
  private boolean keep(AddressPool pool, boolean needed) {
    boolean deleting = pool.isMarkedForDeletion();
    boolean kept = pool.hasFinalizer(ApiNames.IN_USE_FINALIZER);
    if (needed && !kept && !deleting) {
      FinalizerWriter.add(client, pool, ApiNames.IN_USE_FINALIZER);
    } else if (!needed && kept) {
      FinalizerWriter.remove(client, pool, ApiNames.IN_USE_FINALIZER);
    }
    return needed || !deleting;
  }

  @Override
  public ErrorStatusUpdateControl<AddressPool> updateErrorStatus(
      AddressPool pool, Context<AddressPool> context, Exception e) {
    return StaleObjectErrors.orRetry(pool, e);
  }

  @Override
  public void close() {
    count.close();
  }
}
