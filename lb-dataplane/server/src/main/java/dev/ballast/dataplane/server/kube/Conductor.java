package dev.ballast.dataplane.server.kube;

import dev.ballast.logging.LogKeys;

import dev.ballast.dataplane.core.endpoint.Place;
import dev.ballast.dataplane.core.plan.Changes;
import dev.ballast.dataplane.core.plan.ServiceId;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.server.announce.Announcer;
import dev.ballast.dataplane.server.announce.Taken;
import dev.ballast.dataplane.server.relay.RunningServer;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the node do what the cluster wants, one pass at a time. A pass looks at Services, and
 * computes of each the whole from what is known now, so that no event matters by itself: at those
 * that are due, so that its work does not grow with what else there is; and at all of them when
 * anything has changed that concerns all, when a pass failed, and now and then.
 *
 * <p>In a pass, addresses that are no longer this node's are let go of before their listeners
 * close, so nobody is refused who could be served elsewhere; and listeners open before their
 * addresses are taken, so nobody is led to a closed port. The report comes last: it says what is.
 */
final class Conductor {

  private static final Logger log = LoggerFactory.getLogger(Conductor.class);
  private static final long APPLY_SECONDS = 30;
  private static final Duration[] BUCKETS =
      IntStream.of(1, 2, 5, 10, 25, 50, 100, 250, 1000)
          .mapToObj(Duration::ofMillis)
          .toArray(Duration[]::new);

  private final String self;
  private final View view;
  private final Serving serving;
  private final Addresses addresses;
  private final ReportWriter reports;
  private final Timer applyTimer;
  private final Counter conflictsBefore;
  private final Counter conflictsAfter;
  private final Held held = new Held();
  private final Unproven unproven = new Unproven();
  private final Contests contests = new Contests();

  /** The Services that have a program or are served. */
  private final Set<ServiceId> known = new HashSet<>();

  private final Map<ServiceId, VirtualServer> applied = new HashMap<>();

  /** Those of which the relay was told, and it is not known what became of it. */
  private final Set<ServiceId> unsure = new HashSet<>();

  private boolean afresh = true;
  private boolean excluded;
  private @Nullable Place place;
  private volatile @Nullable Members members;

  Conductor(
      String self,
      View view,
      Serving serving,
      Addresses addresses,
      ReportWriter reports,
      MeterRegistry metrics) {
    this.self = self;
    this.view = view;
    this.serving = serving;
    this.addresses = addresses;
    this.reports = reports;
    this.applyTimer =
        Timer.builder("ballast.apply")
            .description("Time until the relay serves what is desired")
            .serviceLevelObjectives(BUCKETS)
            .register(metrics);
    this.conflictsBefore = conflicts(metrics, "before");
    this.conflictsAfter = conflicts(metrics, "after");
    Gauge.builder("ballast.addresses.announced", held, Held::count)
        .description("Addresses that this node answers for")
        .register(metrics);
    Gauge.builder("ballast.members", this, Conductor::memberCount)
        .description("Nodes that may own addresses")
        .register(metrics);
  }

  /** From the start on, so that a first one counts as an increase. */
  private static Counter conflicts(MeterRegistry metrics, String announcement) {
    return Counter.builder("ballast.address.conflicts")
        .description(
            "Addresses found in use by a machine that is no node, before this node announced them or after")
        .tag("announcement", announcement)
        .register(metrics);
  }

  /** What a pass asks of the announcer. */
  interface Addresses {

    /** Begins to ask who else has these, which no node has had; forgets all others. */
    void probe(Set<InetAddress> unused);

    /** The addresses of the cluster's nodes. */
    void nodes(Set<InetAddress> addresses);

    Taken take(InetAddress address);

    void keepOnly(Set<InetAddress> keep);

    /** Tells the LAN once more of an address that is held. */
    void announceAgain(InetAddress address);

    static Addresses by(Announcer announcer) {
      return new Addresses() {
        @Override
        public void probe(Set<InetAddress> unused) {
          announcer.probe(unused);
        }

        @Override
        public void nodes(Set<InetAddress> addresses) {
          announcer.nodes(addresses);
        }

        @Override
        public Taken take(InetAddress address) {
          return announcer.take(address);
        }

        @Override
        public void keepOnly(Set<InetAddress> keep) {
          announcer.keepOnly(keep);
        }

        @Override
        public void announceAgain(InetAddress address) {
          announcer.announceAgain(address);
        }
      };
    }
  }

  /** How a pass went. */
  enum Pass {
    DONE,
    /** Something could not be done and has to be tried again soon. */
    INCOMPLETE,
    /** This node is being stopped: nothing was done, and nothing will be. */
    LEAVING
  }

  private int memberCount() {
    Members now = members;
    return now == null ? 0 : now.nodes().size();
  }

  /** One pass; blocks for as long as it takes to listen, which no network slows down. */
  Pass pass(Agenda.Due due) throws InterruptedException {
    Members now = view.members();
    if (now.leaving()) {
      return Pass.LEAVING;
    }
    Place here = view.here();
    boolean all = due.all() || afresh || !now.equals(members) || !here.equals(place);
    afresh = true;
    members = now;
    place = here;
    tellExclusion(now.excluded().contains(self));
    Collection<Program> programs = all ? view.programs() : programs(due.services());
    Set<ServiceId> looked = new HashSet<>(all ? known : due.services());
    programs.forEach(program -> looked.add(program.id()));
    looked.addAll(unsure);
    Map<ServiceId, List<InetAddress>> assigned = Desired.owned(programs, now, self);
    Map<ServiceId, List<InetAddress>> owned =
        now.mustLetGo(self) ? assigned : Handovers.withKept(assigned, programs, applied, self);
    // Before all else, since the answers take a while.
    addresses.nodes(view.nodeAddresses());
    Set<InetAddress> unused = unproven.among(looked, programs, owned, held);
    unused.addAll(Desired.foretold(view.foretold(), now, self, held));
    addresses.probe(unused);
    view.serve(owned.keySet(), looked);
    Desired desired = Desired.of(programs, owned, here, view::slices);
    letGo(looked, desired, all);
    boolean listening = listen(changes(desired.servers(), looked));
    Set<ServiceId> concerned = take(desired.addresses());
    contests.ended(looked, programs, assigned, held.all()).forEach(addresses::announceAgain);
    concerned.removeAll(looked);
    report(looked, programs, owned.keySet(), now);
    report(concerned, programs(concerned), applied.keySet(), now);
    afresh = !listening;
    return listening && held.unsettled().isEmpty() ? Pass.DONE : Pass.INCOMPLETE;
  }

  private List<Program> programs(Set<ServiceId> services) {
    return services.stream().map(view::program).flatMap(Optional::stream).toList();
  }

  private void tellExclusion(boolean now) {
    if (now != excluded) {
      log.info(
          now
              ? "owns no address from now on: its Node has the label {}; removing it ends that"
              : "may own addresses again: its Node has no label {} any more",
          Members.EXCLUSION_LABEL);
    }
    excluded = now;
  }

  private void letGo(Set<ServiceId> looked, Desired desired, boolean all) {
    boolean fewer = all;
    for (ServiceId id : looked) {
      VirtualServer server = desired.servers().get(id);
      fewer |= held.want(id, server == null ? List.of() : server.addresses());
    }
    if (fewer) {
      addresses.keepOnly(held.all());
    }
  }

  private Changes changes(Map<ServiceId, VirtualServer> desired, Set<ServiceId> looked) {
    Changes known = Changes.between(applied, desired, looked);
    Map<ServiceId, VirtualServer> serve = new HashMap<>(known.serve());
    Set<ServiceId> end = new HashSet<>(known.end());
    for (ServiceId id : unsure) {
      VirtualServer server = desired.get(id);
      if (server == null) {
        end.add(id);
      } else {
        serve.put(id, server);
      }
    }
    return new Changes(serve, end);
  }

  private boolean listen(Changes changes) throws InterruptedException {
    if (changes.isEmpty()) {
      return true;
    }
    unsure.addAll(changes.serve().keySet());
    unsure.addAll(changes.end());
    long start = System.nanoTime();
    try {
      serving.change(changes).toCompletableFuture().get(APPLY_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      log.atError().setCause(e.getCause()).log("the relay failed; it will be asked again");
      return false;
    } catch (TimeoutException e) {
      log.atWarn().log("listening takes more than {} s; it will be tried again", APPLY_SECONDS);
      return false;
    }
    applyTimer.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
    for (ServiceId id : changes.serve().keySet()) {
      if (!applied.containsKey(id)) {
        log.atInfo().addKeyValue(LogKeys.SERVICE, id).log("serves a Service");
      }
    }
    for (ServiceId id : changes.end()) {
      log.atInfo().addKeyValue(LogKeys.SERVICE, id).log("no longer serves a Service");
    }
    changes.applyTo(applied);
    unsure.clear();
    return true;
  }

  /** Also tries again what is not settled; returns the Services of which it went otherwise. */
  private Set<ServiceId> take(Set<InetAddress> wanted) {
    Set<InetAddress> due = new LinkedHashSet<>(wanted);
    due.addAll(held.unsettled());
    due.addAll(held.contested());
    Set<ServiceId> concerned = new HashSet<>();
    for (InetAddress address : due) {
      Taken taken = addresses.take(address);
      Taken before = held.took(address, taken);
      if (!taken.equals(before)) {
        concerned.addAll(held.servicesOf(address));
        tell(address, taken, before);
      }
    }
    return concerned;
  }

  private void tell(InetAddress address, Taken now, @Nullable Taken before) {
    switch (now) {
      case Taken.Refused(String reason, String message) -> {
        log.atWarn()
            .addKeyValue(LogKeys.ADDRESS, address.getHostAddress())
            .log("address not taken: {}: {}", reason, message);
        if (reason.equals(Taken.Refused.IN_USE)) {
          conflictsBefore.increment();
        }
      }
      case Taken.Contested(String message) -> {
        log.atWarn()
            .addKeyValue(LogKeys.ADDRESS, address.getHostAddress())
            .log("conflict over an address that this node announces: {}", message);
        conflictsAfter.increment();
      }
      case Taken.Held() -> {
        if (before instanceof Taken.Contested) {
          log.atInfo()
              .addKeyValue(LogKeys.ADDRESS, address.getHostAddress())
              .log("no other machine answers for the address any more");
        }
      }
      case Taken.Probing() -> {}
    }
  }

  private void report(
      Set<ServiceId> services, Collection<Program> programs, Set<ServiceId> owned, Members now) {
    Reporter reporter = new Reporter(self, now);
    Set<ServiceId> gone = new HashSet<>(services);
    for (Program program : programs) {
      ServiceId id = program.id();
      gone.remove(id);
      known.add(id);
      Optional<VirtualServer> server = Optional.ofNullable(applied.get(id));
      Optional<RunningServer> runs = serving.running(id);
      // Then there is something to say in a moment; said by halves, it would be a write too many.
      if (server.isPresent() && held.isProbing(server.get())) {
        continue;
      }
      Optional<Report> own =
          server.isEmpty()
              ? reporter.unserved(program)
              : runs.map(r -> reporter.served(program, r, held.of(server.get())));
      // Not yet served, or not yet closed: what was last said of it stands until then.
      if (own.isPresent() || (runs.isEmpty() && !owned.contains(id))) {
        reports.want(id, reporter.wanted(program, own));
      }
    }
    for (ServiceId id : gone) {
      reports.forget(id);
      if (!applied.containsKey(id)) {
        known.remove(id);
      }
    }
  }
}
