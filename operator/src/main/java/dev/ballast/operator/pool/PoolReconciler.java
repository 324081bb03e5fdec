package dev.ballast.operator.pool;

import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.AddressPoolStatus;
import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.operator.ipam.PoolReport;
import dev.ballast.operator.ipam.PoolStatistics;
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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reconciles AddressPools: writes their status, and delays the deletion of a pool until no Service
 * depends on it. It runs at most once a second for each pool.
 */
@RateLimited(maxReconciliations = 1, within = 1)
@ControllerConfiguration(
    name = "addresspool",
    triggerReconcilerOnAllEvents = true,
    fieldManager = "ballast-operator")
public final class PoolReconciler implements Reconciler<AddressPool>, AutoCloseable {

  /** The delay lets the Services that are counted be reconciled first. */
  private static final Duration COUNT_DELAY = Duration.ofSeconds(2);

  private final KubernetesClient client;
  private final PoolStatistics statistics;
  private final Supplier<NodeLabels> nodes;
  private final InstantSource clock;
  private final Debouncer countUpdates = new Debouncer("pool-counts", () -> requeue(pool -> true));
  private final RequeueEventSource<AddressPool> requeueEventSource =
      new RequeueEventSource<>(this::cached);
  private @Nullable IndexerResourceCache<AddressPool> pools;

  /**
   * @param nodes the labels of all nodes, as they are
   */
  public PoolReconciler(
      KubernetesClient client,
      PoolStatistics statistics,
      Supplier<NodeLabels> nodes,
      InstantSource clock) {
    this.client = client;
    this.statistics = statistics;
    this.nodes = nodes;
    this.clock = clock;
  }

  @Override
  public List<EventSource<?, AddressPool>> prepareEventSources(
      EventSourceContext<AddressPool> context) {
    pools = context.getPrimaryCache();
    return List.of(requeueEventSource);
  }

  private Optional<AddressPool> cached(ResourceID id) {
    return pools == null ? Optional.empty() : pools.get(id);
  }

  /** Must be registered with JOSDK; see {@link RequeueEventSource}. */
  public Metrics requeueAfterDeletion() {
    return requeueEventSource;
  }

  /**
   * Updates the counts of all pools soon. A pool that may need the finalizer, or that is being
   * deleted, is reconciled at once.
   */
  public void updateCounts() {
    requeue(pool -> !pool.hasFinalizer(ApiNames.IN_USE_FINALIZER) || pool.isMarkedForDeletion());
    countUpdates.runAfter(COUNT_DELAY);
  }

  /** Reconciles the pools that may select other nodes than before. */
  public void nodesChanged() {
    requeue(pool -> pool.getSpec().announce() != null);
  }

  private void requeue(Predicate<AddressPool> which) {
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
    PoolReport report = statistics.report(name);
    List<String> dependentServices =
        pool.isMarkedForDeletion() ? statistics.dependentServices(name) : List.of();
    if (!updateFinalizer(
        pool, pool.isMarkedForDeletion() ? !dependentServices.isEmpty() : report.inUse())) {
      return UpdateControl.noUpdate();
    }
    AddressPoolStatus after =
        PoolStatusBuilder.of(pool, report, dependentServices, nodes.get(), clock.instant());
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
   * Adds the finalizer to a pool that is in use, and removes it from any other, so that an unused
   * pool can be deleted even if no operator runs.
   *
   * @return false if nothing delays the deletion of the pool any more
   */
  private boolean updateFinalizer(AddressPool pool, boolean inUse) {
    boolean deleting = pool.isMarkedForDeletion();
    boolean finalized = pool.hasFinalizer(ApiNames.IN_USE_FINALIZER);
    if (inUse && !finalized && !deleting) {
      FinalizerWriter.add(client, pool, ApiNames.IN_USE_FINALIZER);
    } else if (!inUse && finalized) {
      FinalizerWriter.remove(client, pool, ApiNames.IN_USE_FINALIZER);
    }
    return inUse || !deleting;
  }

  @Override
  public ErrorStatusUpdateControl<AddressPool> updateErrorStatus(
      AddressPool pool, Context<AddressPool> context, Exception e) {
    return StaleObjectErrors.ignoreOrRetry(pool, e);
  }

  @Override
  public void close() {
    countUpdates.close();
  }
}
