package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.operator.address.AddressClaimer;
import dev.ballast.operator.address.AddressGarbageCollector;
import dev.ballast.operator.address.ClaimResult;
import dev.ballast.operator.address.Quarantine;
import dev.ballast.operator.ipam.AddressClaim;
import dev.ballast.operator.ipam.AllocationResult;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.pool.ServiceRef;
import dev.ballast.operator.observe.EventRecorder;
import dev.ballast.operator.reconciler.ApiServerTime;
import dev.ballast.operator.reconciler.FirstObservations;
import dev.ballast.operator.reconciler.StaleObjectErrors;
import dev.ballast.operator.service.status.LoadBalancerState;
import dev.ballast.operator.service.status.PublishedStatus;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reconciles Services of {@code type: LoadBalancer}: reads the Service, builds the intent,
 * allocates addresses, deploys the LoadBalancer and updates the status. It is level-based and never
 * asks which event came. It does not implement {@code Cleaner}, whose finalizer would be on every
 * Service of the cluster.
 */
@ControllerConfiguration(
    name = "service",
    triggerReconcilerOnAllEvents = true,
    generationAwareEventProcessing = false,
    informer = @Informer(onUpdateFilter = ServiceUpdateFilter.class),
    fieldManager = LoadBalancerWriter.FIELD_MANAGER)
public final class ServiceReconciler
    implements Reconciler<Service>, AddressGarbageCollector.LiveServices {

  /** Nodes usually announce sooner; until then, a status "not announced" is a needless write. */
  private static final Duration ANNOUNCEMENT_PATIENCE = Duration.ofSeconds(2);

  private static final Duration REPLACE_POLL = Duration.ofMillis(50);
  private static final Duration AT_ONCE = Duration.ofMillis(10);

  private final LoadBalancerIntents intents;
  private final ApiServerTime apiServerTime = new ApiServerTime(System::nanoTime);
  private final FirstObservations newLoadBalancers =
      new FirstObservations(System::nanoTime, ANNOUNCEMENT_PATIENCE);

  private final AddressClaimer addressClaimer;
  private final AddressConflicts addressConflicts;
  private final LoadBalancerWriter loadBalancerWriter;
  private final LoadBalancerCleanup loadBalancerCleanup;
  private final StaleReadGuard staleReadGuard;
  private final ServiceStatusPublisher statusPublisher;
  private final Adoption adoption;
  private final PendingServices pendingServices = new PendingServices();
  private final ServiceEventSources sources = new ServiceEventSources();
  private final Consumer<ServiceRef> onOrphaned;

  /**
   * @param onOrphaned receives Services that are gone and may not have released their addresses
   */
  public ServiceReconciler(
      KubernetesClient client,
      LoadBalancerIntents intents,
      InstantSource clock,
      EventRecorder events,
      AddressClaimer addressClaimer,
      Quarantine quarantine,
      Consumer<ServiceRef> onOrphaned) {
    this.intents = intents;
    this.addressClaimer = addressClaimer;
    this.onOrphaned = onOrphaned;
    ServiceEvents serviceEvents = new ServiceEvents(events);
    this.addressConflicts = new AddressConflicts(quarantine, serviceEvents);
    this.statusPublisher = new ServiceStatusPublisher(addressClaimer, serviceEvents, clock);
    this.loadBalancerWriter = new LoadBalancerWriter(client, System::nanoTime);
    this.loadBalancerCleanup = new LoadBalancerCleanup(client, addressClaimer, loadBalancerWriter);
    this.staleReadGuard = new StaleReadGuard(client, addressClaimer, apiServerTime);
    this.adoption = new Adoption(addressClaimer, intents);
  }

  @Override
  public UpdateControl<Service> reconcile(Service service, Context<Service> context) {
    ServiceRef serviceRef = ServiceEventSources.refOf(service);
    // A Service that is deleted and created again at once may never be seen as deleted.
    addressClaimer.predecessorsOf(serviceRef).forEach(onOrphaned);
    LoadBalancer loadBalancer = sources.loadBalancer(serviceRef);
    if (context.isPrimaryResourceDeleted()) {
      return cleanUpDeleted(serviceRef, loadBalancer);
    }
    return switch (intents.of(service)) {
      case LoadBalancerIntent.NotWanted() -> cleanUp(service, serviceRef, loadBalancer);
      case LoadBalancerIntent.LoadBalancerWanted wanted ->
          provision(service, serviceRef, wanted, loadBalancer);
    };
  }

  private UpdateControl<Service> cleanUpDeleted(
      ServiceRef serviceRef, @Nullable LoadBalancer loadBalancer) {
    if (isPresent(serviceRef)) {
      // The watch shows the Service that was created again; it is reconciled next.
      return UpdateControl.noUpdate();
    }
    pendingServices.remove(ServiceEventSources.idOf(serviceRef));
    loadBalancerCleanup
        .run(serviceRef, null, loadBalancer)
        .ifPresent(wait -> onOrphaned.accept(serviceRef));
    return UpdateControl.noUpdate();
  }

  private UpdateControl<Service> cleanUp(
      Service service, ServiceRef serviceRef, @Nullable LoadBalancer loadBalancer) {
    pendingServices.remove(ServiceEventSources.idOf(serviceRef));
    return isClean(service, serviceRef, loadBalancer)
        ? UpdateControl.noUpdate()
        : requeueAfter(loadBalancerCleanup.run(serviceRef, service, loadBalancer));
  }

  /** A Service of another implementation, or one that never was a load balancer. */
  private boolean isClean(
      Service service, ServiceRef serviceRef, @Nullable LoadBalancer loadBalancer) {
    return addressClaimer.addressesOf(serviceRef.uid()).isEmpty()
        && (loadBalancer == null || !LoadBalancerWriter.isOwnedBy(loadBalancer, serviceRef.uid()))
        && !PublishedStatus.hasConditions(service);
  }

  private UpdateControl<Service> provision(
      Service service,
      ServiceRef serviceRef,
      LoadBalancerIntent.LoadBalancerWanted wanted,
      @Nullable LoadBalancer loadBalancer) {
    if (loadBalancer != null && !LoadBalancerWriter.isCurrent(loadBalancer, service)) {
      // Of an earlier Service of this name, or of this one before it changed its type and back.
      Optional<Duration> wait = loadBalancerWriter.delete(loadBalancer);
      return requeueAfter(Optional.of(wait.orElse(REPLACE_POLL)));
    }
    adoption.adoptAllOnce(sources.services());
    adoption.adopt(service);
    return staleReadGuard
        .current(service, serviceRef, wanted)
        .map(current -> provisionCurrent(current, loadBalancer))
        .orElseGet(UpdateControl::noUpdate);
  }

  private UpdateControl<Service> provisionCurrent(
      Service service, @Nullable LoadBalancer loadBalancer) {
    if (!(intents.of(service) instanceof LoadBalancerIntent.LoadBalancerWanted wanted)) {
      // The Service was edited a moment ago, and the watch is about to show it.
      return UpdateControl.noUpdate();
    }
    return switch (allocate(service, wanted, loadBalancer)) {
      case ClaimResult.NotClaimed(var why, var held, var _) when held.isEmpty() ->
          reportPending(service, LoadBalancerState.pending(why), loadBalancer);
      case ClaimResult.NotClaimed(var why, var held, var taken) ->
          deploy(service, wanted, held, taken, why, loadBalancer);
      case ClaimResult.Claimed(var held, var taken) ->
          deploy(service, wanted, held, taken, null, loadBalancer);
    };
  }

  private ClaimResult allocate(
      Service service,
      LoadBalancerIntent.LoadBalancerWanted wanted,
      @Nullable LoadBalancer loadBalancer) {
    AddressClaim claim = wanted.claimFor(ServiceEventSources.refOf(service));
    addressConflicts.update(
        service,
        addressClaimer.addressesOf(claim.serviceRef().uid()),
        PublishedStatus.of(service),
        loadBalancer);
    ClaimResult result = addressClaimer.claim(claim, wanted.requests(), wanted.serviceContext());
    pendingServices.set(
        ServiceEventSources.idOf(claim.serviceRef()), result instanceof ClaimResult.NotClaimed);
    return result;
  }

  /** There is a LoadBalancer only if somebody deleted the Address that it was for. */
  private UpdateControl<Service> reportPending(
      Service service, LoadBalancerState.Pending pending, @Nullable LoadBalancer loadBalancer) {
    PublishedStatus before = PublishedStatus.of(service);
    UpdateControl<Service> control =
        statusPublisher.publish(service, before, statusPublisher.pending(before, pending));
    if (loadBalancer != null) {
      loadBalancerWriter.delete(loadBalancer).ifPresent(control::rescheduleAfter);
    }
    return control;
  }

  /** {@code rejected}: why the Service has fewer addresses than it requests, or null. */
  private UpdateControl<Service> deploy(
      Service service,
      LoadBalancerIntent.LoadBalancerWanted wanted,
      List<IpAddress> assigned,
      List<AllocationResult.PortTaken> taken,
      AllocationResult.@Nullable Rejected rejected,
      @Nullable LoadBalancer loadBalancer) {
    String uid = service.getMetadata().getUid();
    AddressReassignment reassignment =
        AddressReassignment.of(service, addressClaimer.addressesOf(uid), assigned);
    long start = apiServerTime.start();
    LoadBalancer deployed =
        loadBalancerWriter.apply(
            service, wanted.specFor(reassignment.served(), taken), loadBalancer);
    String deployedUid = deployed.getMetadata().getUid();
    if (loadBalancer == null) {
      newLoadBalancers.record(deployedUid);
      apiServerTime.observe(StaleReadGuard.createdAt(deployed), start);
    }
    LoadBalancerState state = reassignment.stateOf(deployed, taken);
    if (state instanceof LoadBalancerState.Unannounced && newLoadBalancers.contains(deployedUid)) {
      return requeueAfter(Optional.of(ANNOUNCEMENT_PATIENCE));
    }
    if (reassignment.releasesIn(state)) {
      addressClaimer.releaseAllExcept(uid, ip -> reassignment.isInUse(ip, deployed));
    }
    PublishedStatus after =
        statusPublisher.assigned(reassignment, wanted, deployed, state, rejected);
    UpdateControl<Service> control = statusPublisher.publish(service, reassignment.before(), after);
    if (reassignment.hasReleasesLeft(addressClaimer.addressesOf(uid), state, after)) {
      control.rescheduleAfter(AT_ONCE);
    }
    return control;
  }

  private static UpdateControl<Service> requeueAfter(Optional<Duration> wait) {
    UpdateControl<Service> control = UpdateControl.noUpdate();
    wait.ifPresent(control::rescheduleAfter);
    return control;
  }

  @Override
  public ErrorStatusUpdateControl<Service> updateErrorStatus(
      Service service, Context<Service> context, Exception e) {
    return StaleObjectErrors.ignoreOrRetry(service, e);
  }

  @Override
  public List<EventSource<?, Service>> prepareEventSources(EventSourceContext<Service> context) {
    return sources.prepare(context);
  }

  /** To be registered: JOSDK reports the end of a deletion as a metric only. */
  public Metrics requeueAfterDeletion() {
    return sources.requeueAfterDeletion();
  }

  public void requeue(ServiceRef serviceRef) {
    sources.requeue(ServiceEventSources.idOf(serviceRef));
  }

  /** Requeues every Service of the namespace, whose defaults have changed. */
  public void requeueNamespace(String namespace) {
    sources.requeueNamespace(namespace);
  }

  /** Requeues every Service that waits for an address. */
  public void requeuePending() {
    pendingServices.forEach(sources::requeue);
  }

  /** How many Services wait for an address. */
  public int pendingCount() {
    return pendingServices.count();
  }

  /** Addresses that other controllers published may belong to a pool now. */
  public void poolsChanged() {
    adoption.poolsChanged();
  }

  /** Deletes a LoadBalancer to which no Service and no Address leads. */
  public void deleteStray(LoadBalancer loadBalancer) {
    loadBalancerWriter.delete(loadBalancer);
  }

  @Override
  public boolean isPresent(ServiceRef holder) {
    return sources.isPresent(holder);
  }

  @Override
  public Optional<Duration> releaseDeleted(ServiceRef gone) {
    return loadBalancerCleanup.run(gone, null, sources.loadBalancer(gone));
  }
}
