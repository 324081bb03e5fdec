package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.Ballast;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.operator.address.Addresses;
import dev.ballast.operator.address.Orphans;
import dev.ballast.operator.address.Quarantine;
import dev.ballast.operator.ipam.Choice;
import dev.ballast.operator.ipam.Claimant;
import dev.ballast.operator.ipam.IpAddress;
import dev.ballast.operator.ipam.Share;
import dev.ballast.operator.observe.EventRecorder;
import dev.ballast.operator.observe.Vanished;
import dev.ballast.operator.observe.WakeUps;
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
    informer = @Informer(onUpdateFilter = RelevantChange.class),
    fieldManager = Programs.FIELD_MANAGER)
public final class ServiceReconciler implements Reconciler<Service>, Orphans.Holders {

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
  private final News news;
  private final Addresses addresses;
  private final Conflicts conflicts;
  private final Programs programs;
  private final Release release;
  private final Currency currency;
  private final Adoption adoption = new Adoption();
  private final Waiting waiting = new Waiting();
  private final WakeUps<Service> wakeUps = new WakeUps<>(this::shown);
  private final Consumer<Claimant> onOrphaned;
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
      Addresses addresses,
      Quarantine quarantine,
      Consumer<Claimant> onOrphaned) {
    this.scope = scope;
    this.clock = clock;
    this.news = new News(events);
    this.addresses = addresses;
    this.conflicts = new Conflicts(quarantine, news);
    this.onOrphaned = onOrphaned;
    this.programs = new Programs(client, clock);
    this.currency = new Currency(client, addresses, clock);
    this.release = new Release(client, addresses, programs);
  }

  @Override
  public List<EventSource<?, Service>> prepareEventSources(EventSourceContext<Service> context) {
    services = context.getPrimaryCache();
    loadBalancers =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(LoadBalancer.class, Service.class)
                .withName("loadbalancers")
                .withSecondaryToPrimaryMapper(program -> Set.of(ResourceID.fromResource(program)))
                .build(),
            context);
    return List.of(loadBalancers, wakeUps);
  }

  /** To be told when JOSDK has seen off a Service. */
  public Metrics departures() {
    return wakeUps;
  }

  /** Looks again at every Service that waits for an address. */
  public void wakeWaiting() {
    waiting.forEach(wakeUps::propagateEvent);
  }

  /** What other controllers published before us is looked at anew, ahead of all else. */
  public void poolsChanged() {
    adoption.poolsChanged();
  }

  /** Looks again at this Service. */
  public void wake(Claimant claimant) {
    wakeUps.propagateEvent(new ResourceID(claimant.name(), claimant.namespace()));
  }

  /** How many Services wait for an address. */
  public int waitingCount() {
    return waiting.count();
  }

  @Override
  public boolean isPresent(Claimant holder) {
    return shown(new ResourceID(holder.name(), holder.namespace()))
        .filter(service -> service.getMetadata().getUid().equals(holder.uid()))
        .isPresent();
  }

  private Optional<Service> shown(ResourceID id) {
    return services == null ? Optional.empty() : services.get(id);
  }

  @Override
  public Optional<Duration> releaseGone(Claimant gone) {
    return release.run(gone, null, program(new ResourceID(gone.name(), gone.namespace())));
  }

  @Override
  public UpdateControl<Service> reconcile(Service service, Context<Service> context) {
    ResourceID id = ResourceID.fromResource(service);
    Claimant claimant = claimantOf(service);
    // A Service deleted and made anew at once may never be shown to us as deleted.
    addresses.namesakes(claimant).forEach(onOrphaned);
    LoadBalancer program = program(id);
    if (context.isPrimaryResourceDeleted()) {
      if (isPresent(claimant)) {
        // The one made anew, shown in place of the deleted one; its own turn comes next.
        return UpdateControl.noUpdate();
      }
      waiting.remove(id);
      release.run(claimant, null, program).ifPresent(wait -> onOrphaned.accept(claimant));
      return UpdateControl.noUpdate();
    }
    return switch (demand(service)) {
      case Demand.None() -> {
        waiting.remove(id);
        yield isTraceless(claimant, service, program)
            ? UpdateControl.noUpdate()
            : afterAll(release.run(claimant, service, program));
      }
      case Demand.Wanted wanted -> serve(service, claimant, wanted, program);
    };
  }

  private static Claimant claimantOf(Service service) {
    var metadata = service.getMetadata();
    return new Claimant(metadata.getNamespace(), metadata.getName(), metadata.getUid());
  }

  private Demand demand(Service service) {
    return switch (scope) {
      case OUR_CLASS -> Demand.of(service, false);
      case CLASSLESS_TOO -> Demand.of(service, true);
      case NONE -> new Demand.None();
    };
  }

  /** Whether this Service bears a word of ours. */
  public static boolean isMarked(Service service) {
    return !published(service).conditions().isEmpty();
  }

  /** Takes away a program that no Service and no Address leads to. */
  public void removeStray(LoadBalancer program) {
    programs.remove(program);
  }

  @Override
  public ErrorStatusUpdateControl<Service> updateErrorStatus(
      Service service, Context<Service> context, Exception e) {
    return Vanished.orRetry(service, e);
  }

  /** Nothing of ours is on it: another's Service, or one that never was a load balancer. */
  private boolean isTraceless(Claimant claimant, Service service, @Nullable LoadBalancer program) {
    return addresses.heldBy(claimant.uid()).isEmpty()
        && (program == null || !Programs.isOwnedBy(program, claimant.uid()))
        && !isMarked(service);
  }

  private UpdateControl<Service> serve(
      Service service, Claimant claimant, Demand.Wanted wanted, @Nullable LoadBalancer program) {
    if (program != null && !Programs.isCurrent(program, service)) {
      // Of an earlier Service of this name, or of this one before it changed its type and back.
      Optional<Duration> wait = programs.remove(program);
      return afterAll(Optional.of(wait.orElse(Duration.ofMillis(50))));
    }
    adoption.first(everyService(), this::adopt);
    adopt(service);
    return currency
        .of(service, claimant, wanted)
        .map(current -> serveCurrent(current, program))
        .orElseGet(UpdateControl::noUpdate);
  }

  private UpdateControl<Service> serveCurrent(Service service, @Nullable LoadBalancer program) {
    if (!(demand(service) instanceof Demand.Wanted wanted)) {
      // It was edited just now: the watch is about to tell.
      return UpdateControl.noUpdate();
    }
    ResourceID id = ResourceID.fromResource(service);
    Share share = wanted.share(claimantOf(service));
    conflicts.observe(
        service, addresses.heldBy(share.claimant().uid()), published(service), program);
    return switch (addresses.claim(share, wanted.request(), wanted.standing())) {
      case Addresses.Outcome.Refused(var why, var held, var taken) -> {
        waiting.add(id);
        yield held.isEmpty()
            ? pend(service, Refusal.of(why, held), program)
            : announce(service, wanted, held, taken, program, why);
      }
      case Addresses.Outcome.Held(var held, var taken) -> {
        waiting.remove(id);
        yield announce(service, wanted, held, taken, program, null);
      }
    };
  }

  private Stream<Service> everyService() {
    return services == null ? Stream.empty() : services.list();
  }

  /** A refusal says nothing: the Service gets what it asks for in its own turn. */
  private void adopt(Service service) {
    Claimant claimant = claimantOf(service);
    if (addresses.heldBy(claimant.uid()).isEmpty()
        && demand(service) instanceof Demand.Wanted wanted) {
      Adoption.request(service, wanted.request())
          .ifPresent(kept -> addresses.claim(wanted.share(claimant), kept, wanted.standing()));
    }
  }

  /** There is no program unless somebody deleted the Address that it was for. */
  private UpdateControl<Service> pend(
      Service service, Verdict.Pending why, @Nullable LoadBalancer program) {
    Publication before = published(service);
    UpdateControl<Service> control =
        publish(service, before, Publication.of(why, before, clock.instant()));
    if (program != null) {
      programs.remove(program).ifPresent(control::rescheduleAfter);
    }
    return control;
  }

  /** {@code refused}: why there are not as many addresses as were asked for; null when there are */
  private UpdateControl<Service> announce(
      Service service,
      Demand.Wanted wanted,
      List<IpAddress> held,
      List<Choice.PortTaken> taken,
      @Nullable LoadBalancer program,
      Choice.@Nullable Refused refused) {
    Publication before = published(service);
    List<IpAddress> leaving = leaving(service, held, before);
    List<IpAddress> served = Stream.concat(held.stream(), leaving.stream()).toList();
    LoadBalancer applied = programs.apply(service, wanted.programAt(served, taken), program);
    Verdict verdict =
        Verdict.without(
            Verdict.of(applied, leaving.stream().map(IpAddress::toString).toList()), taken);
    if (verdict instanceof Verdict.Unannounced
        && clock.instant().isBefore(Currency.madeAt(applied).plus(ANNOUNCEMENT_PATIENCE))) {
      return afterAll(Optional.of(ANNOUNCEMENT_PATIENCE));
    }
    // Should another leader have published, and the watch be behind, the write is refused.
    boolean first = Publication.isFirst(service);
    if (verdict instanceof Verdict.Announced && !first) {
      // What is no longer asked for, or a claim too many: once it is neither published nor served.
      addresses.releaseAllBut(
          service.getMetadata().getUid(),
          ip -> held.contains(ip) || before.shows(ip) || Verdict.isServed(applied, ip.toString()));
    }
    Publication after =
        Publication.of(verdict, before, clock.instant())
            .orphaned(whyOrphaned(held), before, clock.instant())
            .remarking(wanted.remarks(), before, clock.instant())
            .contested(Conflicts.ofPublished(held, before, applied), before, clock.instant());
    UpdateControl<Service> control =
        publish(
            service,
            before,
            refused == null ? after : withRefusal(after, wanted, held, refused, before));
    boolean surplusKept = first && verdict instanceof Verdict.Announced;
    if (addresses.heldBy(service.getMetadata().getUid()).stream()
        .anyMatch(ip -> (surplusKept || before.shows(ip)) && !after.shows(ip))) {
      control.rescheduleAfter(AT_ONCE);
    }
    return control;
  }

  private List<String> whyOrphaned(List<IpAddress> held) {
    return held.stream()
        .flatMap(
            ip ->
                addresses
                    .whyOrphaned(ip)
                    .map(why -> "%s is orphaned: %s.".formatted(ip, why))
                    .stream())
        .toList();
  }

  private Publication withRefusal(
      Publication after,
      Demand.Wanted wanted,
      List<IpAddress> held,
      Choice.Refused refused,
      Publication before) {
    return wanted.contentWithout(refused)
        ? after.adding(Refusal.of(refused, List.of()).message(), before, clock.instant())
        : after.lacking(Refusal.of(refused, held), before, clock.instant());
  }

  /** A published address that another one replaces answers until that one is published. */
  private List<IpAddress> leaving(Service service, List<IpAddress> held, Publication before) {
    return addresses.heldBy(service.getMetadata().getUid()).stream()
        .filter(ip -> !held.contains(ip) && before.shows(ip))
        .filter(
            ip ->
                held.stream().anyMatch(next -> next.family() == ip.family() && !before.shows(next)))
        .toList();
  }

  private static Publication published(Service service) {
    return Publication.in(service.getStatus());
  }

  private UpdateControl<Service> publish(Service service, Publication before, Publication after) {
    boolean finalized = service.hasFinalizer(Ballast.SERVICE_FINALIZER);
    boolean holds = !addresses.heldBy(service.getMetadata().getUid()).isEmpty();
    if (after.equals(before) && (finalized || !holds)) {
      return UpdateControl.noUpdate();
    }
    news.tell(service, after.newsSince(before));
    return UpdateControl.patchStatus(
        after.alone(service, finalized || holds, Publication.isFirst(service)));
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
