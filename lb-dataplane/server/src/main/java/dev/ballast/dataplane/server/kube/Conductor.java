package dev.ballast.dataplane.server.kube;

import dev.ballast.api.v1alpha1.NodeReport;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the node do what the cluster wants, one pass at a time: every pass computes the whole from
 * what is known now, so that no event matters by itself.
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
  private final Map<InetAddress, Taken> held = new HashMap<>();
  private final Contests contests = new Contests();
  private Map<ServiceId, VirtualServer> applied = Map.of();
  private boolean excluded;
  private volatile int announced;
  private volatile int members;

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
    Gauge.builder("ballast.addresses.announced", this, c -> c.announced)
        .description("Addresses that this node answers for")
        .register(metrics);
    Gauge.builder("ballast.members", this, c -> c.members)
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

  /** One pass; blocks for as long as it takes to listen, which no network slows down. */
  Pass pass() throws InterruptedException {
    Members now = view.members();
    if (now.leaving()) {
      return Pass.LEAVING;
    }
    members = now.nodes().size();
    Collection<Program> programs = view.programs();
    tellExclusion(now.excluded().contains(self));
    Map<ServiceId, List<InetAddress>> assigned = Desired.owned(programs, now, self);
    Map<ServiceId, List<InetAddress>> owned =
        now.mustLetGo(self) ? assigned : Handovers.withKept(assigned, programs, applied, self);
    // Before all else, since the answers take a while.
    addresses.nodes(view.nodeAddresses());
    addresses.probe(unused(programs, owned));
    view.serve(owned.keySet());
    Desired desired = Desired.of(programs, owned, view.here(), view::slices);
    letGo(desired.addresses());
    boolean complete = listen(desired.servers());
    complete &= take(desired.addresses());
    contests.ended(programs, assigned, desired.addresses()).forEach(addresses::announceAgain);
    report(programs, now, owned.keySet());
    return complete ? Pass.DONE : Pass.INCOMPLETE;
  }

  private Set<InetAddress> unused(
      Collection<Program> programs, Map<ServiceId, List<InetAddress>> owned) {
    Set<InetAddress> unused = new HashSet<>();
    for (Program program : programs) {
      for (InetAddress address : owned.getOrDefault(program.id(), List.of())) {
        if (!isHeld(held.get(address)) && !program.wasAnnounced(address)) {
          unused.add(address);
        }
      }
    }
    return unused;
  }

  private static boolean isHeld(@Nullable Taken taken) {
    return switch (taken) {
      case Taken.Held() -> true;
      case Taken.Contested _ -> true;
      case Taken.Probing() -> false;
      case Taken.Refused _ -> false;
      case null -> false;
    };
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

  private void letGo(Set<InetAddress> keep) {
    addresses.keepOnly(keep);
    held.keySet().retainAll(keep);
    announced = heldCount();
  }

  private boolean listen(Map<ServiceId, VirtualServer> desired) throws InterruptedException {
    if (desired.equals(applied)) {
      return true;
    }
    long start = System.nanoTime();
    try {
      serving.apply(desired).toCompletableFuture().get(APPLY_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      log.atError().setCause(e.getCause()).log("the relay failed; it will be asked again");
      return false;
    } catch (TimeoutException e) {
      log.atWarn().log("listening takes more than {} s; it will be tried again", APPLY_SECONDS);
      return false;
    }
    applyTimer.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
    tellDifference(applied, desired);
    applied = desired;
    return true;
  }

  private static void tellDifference(
      Map<ServiceId, VirtualServer> before, Map<ServiceId, VirtualServer> after) {
    Set<ServiceId> all = new HashSet<>(before.keySet());
    all.addAll(after.keySet());
    for (ServiceId id : all) {
      if (before.containsKey(id) != after.containsKey(id)) {
        log.atInfo()
            .addKeyValue(LogKeys.SERVICE, id)
            .log(after.containsKey(id) ? "serves a Service" : "no longer serves a Service");
      }
    }
  }

  private boolean take(Set<InetAddress> wanted) {
    boolean complete = true;
    for (InetAddress address : wanted) {
      Taken taken = addresses.take(address);
      Taken before = held.put(address, taken);
      complete &= isHeld(taken);
      if (!taken.equals(before)) {
        tell(address, taken, before);
      }
    }
    announced = heldCount();
    return complete;
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

  private int heldCount() {
    return (int) held.values().stream().filter(Conductor::isHeld).count();
  }

  private void report(Collection<Program> programs, Members now, Set<ServiceId> owned) {
    Map<ServiceId, RunningServer> running = serving.running();
    Set<ServiceId> existing = new HashSet<>();
    for (Program program : programs) {
      existing.add(program.id());
      Optional<VirtualServer> server = Optional.ofNullable(applied.get(program.id()));
      Optional<RunningServer> runs = Optional.ofNullable(running.get(program.id()));
      if (server.isPresent() && isProbing(server.orElseThrow())) {
        continue;
      }
      Optional<Report> own =
          server.isEmpty()
              ? unserved(program, now)
              : runs.map(
                  r ->
                      Report.of(
                          self, program, others(program, now), r, taken(server.orElseThrow())));
      // Not yet served, or not yet closed: what was last said of it stands until then.
      if (own.isEmpty() && (runs.isPresent() || owned.contains(program.id()))) {
        continue;
      }
      reports.want(
          program.id(), new Wanted(program.uid(), own, departed(program, now), seen(program)));
    }
    reports.forgetAllBut(existing);
  }

  /** Then there is something to say in a moment, and a write too many if it were said by halves. */
  private boolean isProbing(VirtualServer server) {
    return server.addresses().stream().anyMatch(a -> held.get(a) instanceof Taken.Probing);
  }

  private Optional<Report> unserved(Program program, Members now) {
    return now.tellsThatAllAreExcluded(self) && !program.released()
        ? Optional.of(Report.ofExclusion(self, program, now.excluded()))
        : Optional.empty();
  }

  /** A node that is no member any more says nothing that counts. */
  private static List<NodeReport> others(Program program, Members now) {
    return program.others().stream()
        .filter(
            report -> now.nodes().contains(report.name()) || now.excluded().contains(report.name()))
        .toList();
  }

  private Map<InetAddress, Taken> taken(VirtualServer server) {
    Map<InetAddress, Taken> taken = new LinkedHashMap<>();
    for (InetAddress address : server.addresses()) {
      Taken state = held.get(address);
      if (state != null) {
        taken.put(address, state);
      }
    }
    return taken;
  }

  private Set<String> departed(Program program, Members now) {
    return !now.nodes().isEmpty() && Desired.tidies(program, now, self)
        ? program.reporters().stream()
            .filter(node -> !now.nodes().contains(node) && !now.excluded().contains(node))
            .filter(node -> !node.equals(self))
            .collect(Collectors.toUnmodifiableSet())
        : Set.of();
  }

  private static Wanted.Observed seen(Program program) {
    return new Wanted.Observed(program.version(), program.own(), program.transitions());
  }
}
