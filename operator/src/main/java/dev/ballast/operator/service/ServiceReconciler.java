package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.ApiNames;
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
import dev.ballast.operator.reconciler.RequeueEventSource;
import dev.ballast.operator.reconciler.StaleObjectErrors;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Brings a Service from a wish to a published address, and back. Level-based: it looks at what is,
 * never at which event came. It does not implement {@code Cleaner}, whose finalizer would land on
 * every Service of the cluster. It reads LoadBalancers as the watch shows them and keeps no copy of
 * its own writes: a write based on an old state is applied again, to no effect, while a copy that
 * outlived another leader's write would hide that write for good.
 */
@ControllerConfiguration(
    name = "service",
    triggerReconcilerOnAllEvents = true,
    generationAwareEventProcessing = false,
    informer = @Informer(onUpdateFilter = ServiceUpdateFilter.class),
    fieldManager = LoadBalancerWriter.FIELD_MANAGER)
public final class ServiceReconciler
    implements Reconciler<Service>, AddressGarbageCollector.LiveServices {

  /** Which Services of type LoadBalancer are ours. */
  public enum Scope {
    /** Those of our class. */
    OUR_CLASS,
    /** Those without a class, too, as on clusters with no cloud. */
    CLASSLESS_TOO,
    /** None, any more: whatever was given is taken back, since we are about to leave. */
    NONE
  }

  /**
   * Nodes mostly answer sooner; until then a status saying "not yet" would be one write too many.
   */
  private static final Duration ANNOUNCEMENT_PATIENCE = Duration.ofSeconds(2);

  private static final Duration AT_ONCE = Duration.ofMillis(10);

  private final Scope scope;
  private final InstantSource clock;
  private final ServiceEvents serviceEvents;
  private final AddressClaimer addressClaimer;
  private final AddressConflicts addressConflicts;
  private final LoadBalancerWriter loadBalancerWriter;
  private final LoadBalancerCleanup loadBalancerCleanup;
  private final StaleReadGuard staleReadGuard;
  private final Adoption adoption = new Adoption();
  private final PendingServices pendingServices = new PendingServices();
  private final RequeueEventSource<Service> requeueEventSource =
      new RequeueEventSource<>(this::shown);
  private final Consumer<ServiceRef> onOrphaned;
  private @Nullable InformerEventSource<LoadBalancer, Service> loadBalancers;
  private @Nullable IndexerResourceCache<Service> services;

  /**
   * @param onOrphaned told of Services that vanished before they could let their addresses go
   */
  public ServiceReconciler(
      KubernetesClient client,
      Scope scope,
      InstantSource clock,
      EventRecorder events,
      AddressClaimer addressClaimer,
      Quarantine quarantine,
      Consumer<ServiceRef> onOrphaned) {
    this.scope = scope;
    this.clock = clock;
    this.serviceEvents = new ServiceEvents(events);
    this.addressClaimer = addressClaimer;
    this.addressConflicts = new AddressConflicts(quarantine, serviceEvents);
    this.onOrphaned = onOrphaned;
    this.loadBalancerWriter = new LoadBalancerWriter(client, clock);
    this.staleReadGuard = new StaleReadGuard(client, addressClaimer, clock);
    this.loadBalancerCleanup = new LoadBalancerCleanup(client, addressClaimer, loadBalancerWriter);
  }

  @Override
  public List<EventSource<?, Service>> prepareEventSources(EventSourceContext<Service> context) {
    services = context.getPrimaryCache();
    loadBalancers =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(LoadBalancer.class, Service.class)
                .withName("loadbalancers")
                .withSecondaryToPrimaryMapper(
                    loadBalancer -> Set.of(ResourceID.fromResource(loadBalancer)))
                .build(),
            context);
    return List.of(loadBalancers, requeueEventSource);
  }

  /** To be told when JOSDK has seen off a Service. */
  public Metrics departures() {
    return requeueEventSource;
  }

  /** Looks again at every Service that waits for an address. */
  public void wakeWaiting() {
    pendingServices.forEach(requeueEventSource::propagateEvent);
  }

  /** What other controllers published before us is looked at anew, ahead of all else. */
  public void poolsChanged() {
    adoption.poolsChanged();
  }

  /** Looks again at this Service. */
  public void wake(ServiceRef serviceRef) {
    requeueEventSource.propagateEvent(new ResourceID(serviceRef.name(), serviceRef.namespace()));
  }

  /** How many Services wait for an address. */
  public int waitingCount() {
    return pendingServices.count();
  }

  @Override
  public boolean isPresent(ServiceRef holder) {
    return shown(new ResourceID(holder.name(), holder.namespace()))
        .filter(service -> service.getMetadata().getUid().equals(holder.uid()))
        .isPresent();
  }

  private Optional<Service> shown(ResourceID id) {
    return services == null ? Optional.empty() : services.get(id);
  }

  @Override
  public Optional<Duration> releaseGone(ServiceRef gone) {
    return loadBalancerCleanup.run(
        gone, null, program(new ResourceID(gone.name(), gone.namespace())));
  }

  @Override
  public UpdateControl<Service> reconcile(Service service, Context<Service> context) {
    ResourceID id = ResourceID.fromResource(service);
    ServiceRef serviceRef = claimantOf(service);
    // A Service deleted and made anew at once may never be shown to us as deleted.
    addressClaimer.namesakes(serviceRef).forEach(onOrphaned);
    LoadBalancer loadBalancer = program(id);
    if (context.isPrimaryResourceDeleted()) {
      if (isPresent(serviceRef)) {
        // The one made anew, shown in place of the deleted one; its own turn comes next.
        return UpdateControl.noUpdate();
      }
      pendingServices.remove(id);
      loadBalancerCleanup
          .run(serviceRef, null, loadBalancer)
          .ifPresent(wait -> onOrphaned.accept(serviceRef));
      return UpdateControl.noUpdate();
    }
    return switch (demand(service)) {
      case LoadBalancerIntent.NotWanted() -> {
        pendingServices.remove(id);
        yield isTraceless(serviceRef, service, loadBalancer)
            ? UpdateControl.noUpdate()
            : afterAll(loadBalancerCleanup.run(serviceRef, service, loadBalancer));
      }
      case LoadBalancerIntent.LoadBalancerWanted wanted ->
          serve(service, serviceRef, wanted, loadBalancer);
    };
  }

  private static ServiceRef claimantOf(Service service) {
    var metadata = service.getMetadata();
    return new ServiceRef(metadata.getNamespace(), metadata.getName(), metadata.getUid());
  }

  private LoadBalancerIntent demand(Service service) {
    return switch (scope) {
      case OUR_CLASS -> LoadBalancerIntent.of(service, false);
      case CLASSLESS_TOO -> LoadBalancerIntent.of(service, true);
      case NONE -> new LoadBalancerIntent.NotWanted();
    };
  }

  /** Whether this Service bears a word of ours. */
  public static boolean isMarked(Service service) {
    return !published(service).conditions().isEmpty();
  }

  /** Takes away a program that no Service and no Address leads to. */
  public void removeStray(LoadBalancer loadBalancer) {
    loadBalancerWriter.remove(loadBalancer);
  }

  @Override
  public ErrorStatusUpdateControl<Service> updateErrorStatus(
      Service service, Context<Service> context, Exception e) {
    return StaleObjectErrors.orRetry(service, e);
  }

  /** Nothing of ours is on it: another's Service, or one that never was a load balancer. */
  private boolean isTraceless(
      ServiceRef serviceRef, Service service, @Nullable LoadBalancer loadBalancer) {
    return addressClaimer.heldBy(serviceRef.uid()).isEmpty()
        && (loadBalancer == null || !LoadBalancerWriter.isOwnedBy(loadBalancer, serviceRef.uid()))
        && !isMarked(service);
  }

  private UpdateControl<Service> serve(
      Service service,
      ServiceRef serviceRef,
      LoadBalancerIntent.LoadBalancerWanted wanted,
      @Nullable LoadBalancer loadBalancer) {
    if (loadBalancer != null && !LoadBalancerWriter.isCurrent(loadBalancer, service)) {
      // Of an earlier Service of this name, or of this one before it changed its type and back.
      Optional<Duration> wait = loadBalancerWriter.remove(loadBalancer);
      return afterAll(Optional.of(wait.orElse(Duration.ofMillis(50))));
    }
    adoption.first(everyService(), this::adopt);
    adopt(service);
    return staleReadGuard
        .of(service, serviceRef, wanted)
        .map(current -> serveCurrent(current, loadBalancer))
        .orElseGet(UpdateControl::noUpdate);
  }

  private UpdateControl<Service> serveCurrent(
      Service service, @Nullable LoadBalancer loadBalancer) {
    if (!(demand(service) instanceof LoadBalancerIntent.LoadBalancerWanted wanted)) {
      // It was edited just now: the watch is about to tell.
      return UpdateControl.noUpdate();
    }
    ResourceID id = ResourceID.fromResource(service);
    AddressClaim claim = wanted.share(claimantOf(service));
    addressConflicts.observe(
        service, addressClaimer.heldBy(claim.serviceRef().uid()), published(service), loadBalancer);
    return switch (addressClaimer.claim(claim, wanted.requests(), wanted.serviceContext())) {
      case ClaimResult.NotClaimed(var why, var held, var taken) -> {
        pendingServices.add(id);
        yield held.isEmpty()
            ? pend(service, AllocationMessages.of(why, held), loadBalancer)
            : announce(service, wanted, held, taken, loadBalancer, why);
      }
      case ClaimResult.Claimed(var held, var taken) -> {
        pendingServices.remove(id);
        yield announce(service, wanted, held, taken, loadBalancer, null);
      }
    };
  }

  private Stream<Service> everyService() {
    return services == null ? Stream.empty() : services.list();
  }

  /** A refusal says nothing: the Service gets what it asks for in its own turn. */
  private void adopt(Service service) {
    ServiceRef serviceRef = claimantOf(service);
    if (addressClaimer.heldBy(serviceRef.uid()).isEmpty()
        && demand(service) instanceof LoadBalancerIntent.LoadBalancerWanted wanted) {
      Adoption.request(service, wanted.requests())
          .ifPresent(
              kept ->
                  addressClaimer.claim(wanted.share(serviceRef), kept, wanted.serviceContext()));
    }
  }

  /** There is no program unless somebody deleted the Address that it was for. */
  private UpdateControl<Service> pend(
      Service service, LoadBalancerState.Pending why, @Nullable LoadBalancer loadBalancer) {
    PublishedStatus before = published(service);
    UpdateControl<Service> control =
        publish(service, before, PublishedStatus.of(why, before, clock.instant()));
    if (loadBalancer != null) {
      loadBalancerWriter.remove(loadBalancer).ifPresent(control::rescheduleAfter);
    }
    return control;
  }

  /** {@code refused}: why there are not as many addresses as were asked for; null when there are */
  private UpdateControl<Service> announce(
      Service service,
      LoadBalancerIntent.LoadBalancerWanted wanted,
      List<IpAddress> held,
      List<AllocationResult.PortTaken> taken,
      @Nullable LoadBalancer loadBalancer,
      AllocationResult.@Nullable Rejected rejected) {
    PublishedStatus before = published(service);
    List<IpAddress> leaving = leaving(service, held, before);
    List<IpAddress> served = Stream.concat(held.stream(), leaving.stream()).toList();
    LoadBalancer applied =
        loadBalancerWriter.apply(service, wanted.programAt(served, taken), loadBalancer);
    LoadBalancerState state =
        LoadBalancerState.without(
            LoadBalancerState.of(applied, leaving.stream().map(IpAddress::toString).toList()),
            taken);
    if (state instanceof LoadBalancerState.Unannounced
        && clock.instant().isBefore(StaleReadGuard.madeAt(applied).plus(ANNOUNCEMENT_PATIENCE))) {
      return afterAll(Optional.of(ANNOUNCEMENT_PATIENCE));
    }
    // Should another leader have published, and the watch be behind, the write is refused.
    boolean first = PublishedStatus.isFirst(service);
    if (state instanceof LoadBalancerState.Announced && !first) {
      // What is no longer asked for, or a claim too many: once it is neither published nor served.
      addressClaimer.releaseAllBut(
          service.getMetadata().getUid(),
          ip ->
              held.contains(ip)
                  || before.shows(ip)
                  || LoadBalancerState.isServed(applied, ip.toString()));
    }
    PublishedStatus after =
        PublishedStatus.of(state, before, clock.instant())
            .orphaned(whyOrphaned(held), before, clock.instant())
            .remarking(wanted.remarks(), before, clock.instant())
            .contested(
                AddressConflicts.ofPublished(held, before, applied), before, clock.instant());
    UpdateControl<Service> control =
        publish(
            service,
            before,
            rejected == null ? after : withRefusal(after, wanted, held, rejected, before));
    boolean surplusKept = first && state instanceof LoadBalancerState.Announced;
    if (addressClaimer.heldBy(service.getMetadata().getUid()).stream()
        .anyMatch(ip -> (surplusKept || before.shows(ip)) && !after.shows(ip))) {
      control.rescheduleAfter(AT_ONCE);
    }
    return control;
  }

  private List<String> whyOrphaned(List<IpAddress> held) {
    return held.stream()
        .flatMap(
            ip ->
                addressClaimer
                    .whyOrphaned(ip)
                    .map(why -> "%s is orphaned: %s.".formatted(ip, why))
                    .stream())
        .toList();
  }

  private PublishedStatus withRefusal(
      PublishedStatus after,
      LoadBalancerIntent.LoadBalancerWanted wanted,
      List<IpAddress> held,
      AllocationResult.Rejected rejected,
      PublishedStatus before) {
    return wanted.contentWithout(rejected)
        ? after.adding(
            AllocationMessages.of(rejected, List.of()).message(), before, clock.instant())
        : after.lacking(AllocationMessages.of(rejected, held), before, clock.instant());
  }

  /** A published address that another one replaces answers until that one is published. */
  private List<IpAddress> leaving(Service service, List<IpAddress> held, PublishedStatus before) {
    return addressClaimer.heldBy(service.getMetadata().getUid()).stream()
        .filter(ip -> !held.contains(ip) && before.shows(ip))
        .filter(
            ip ->
                held.stream().anyMatch(next -> next.family() == ip.family() && !before.shows(next)))
        .toList();
  }

  private static PublishedStatus published(Service service) {
    return PublishedStatus.in(service.getStatus());
  }

  private UpdateControl<Service> publish(
      Service service, PublishedStatus before, PublishedStatus after) {
    boolean finalized = service.hasFinalizer(ApiNames.SERVICE_FINALIZER);
    boolean holds = !addressClaimer.heldBy(service.getMetadata().getUid()).isEmpty();
    if (after.equals(before) && (finalized || !holds)) {
      return UpdateControl.noUpdate();
    }
    serviceEvents.tell(service, after.newsSince(before));
    return UpdateControl.patchStatus(
        after.alone(service, finalized || holds, PublishedStatus.isFirst(service)));
  }

  private static UpdateControl<Service> afterAll(Optional<Duration> wait) {
    UpdateControl<Service> done = UpdateControl.noUpdate();
    wait.ifPresent(done::rescheduleAfter);
    return done;
  }

  private @Nullable LoadBalancer program(ResourceID id) {
    return loadBalancers == null ? null : loadBalancers.get(id).orElse(null);
  }
}
