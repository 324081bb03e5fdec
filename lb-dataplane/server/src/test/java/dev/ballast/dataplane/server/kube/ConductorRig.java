package dev.ballast.dataplane.server.kube;

import dev.ballast.api.v1alpha1.LoadBalancerStatus;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.dataplane.core.plan.ServiceId;
import dev.ballast.dataplane.server.announce.Taken;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.Parameter;

/** A conductor on node n1, with a cluster and relays that only write down what is asked of them. */
abstract class ConductorRig {

  /** What a pass is told to look at. */
  enum Look {
    EVERYTHING(Agenda.Due.ALL),
    THE_SERVICE(new Agenda.Due(false, Set.of(WEB)));

    private final Agenda.Due due;

    Look(Agenda.Due due) {
      this.due = due;
    }
  }

  static final ServiceId WEB = new ServiceId("default", "web");

  @Parameter Look look;

  final List<String> journal = new CopyOnWriteArrayList<>();
  final List<Report> reports = new CopyOnWriteArrayList<>();
  final FakeCluster cluster = new FakeCluster();
  final FakeServing serving = new FakeServing(journal);
  private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(1);
  final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  Taken taken = new Taken.Held();
  Set<InetAddress> probed = Set.of();

  private final Conductor conductor =
      new Conductor(
          "n1",
          cluster,
          serving,
          new Conductor.Addresses() {
            @Override
            public void probe(Set<InetAddress> unused) {
              probed = unused;
            }

            @Override
            public void nodes(Set<InetAddress> addresses) {}

            @Override
            public Taken take(InetAddress address) {
              journal.add("take " + address.getHostAddress());
              return taken;
            }

            @Override
            public void keepOnly(Set<InetAddress> keep) {
              journal.add("keep " + keep.stream().map(InetAddress::getHostAddress).toList());
            }

            @Override
            public void announceAgain(InetAddress address) {
              journal.add("announce again " + address.getHostAddress());
            }
          },
          new ReportWriter(
              "n1", new Writes(), threads, InstantSource.system(), new SimpleMeterRegistry()),
          metrics);

  private final class Writes implements StatusWrites {
    @Override
    public long apply(ServiceId id, String uid, Report report, Map<String, String> since) {
      journal.add("report");
      reports.add(report);
      return 100;
    }

    @Override
    public long remove(ServiceId id, String uid, String node) {
      journal.add("remove report of " + node);
      return 200;
    }
  }

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  /** This node serves the Service, and its report says so. */
  void serveWeb() throws Exception {
    cluster.programs.put(WEB, reported(99, "n1"));
    cluster.slices.put(WEB, slices());
    pass();
  }

  static Program reported(long version, String... nodes) {
    var object = Objects.loadBalancer("default", "web", "198.18.100.7");
    object.getMetadata().setResourceVersion(String.valueOf(version));
    object.setStatus(reports(nodes));
    return Programs.read(object, "n1");
  }

  static LoadBalancerStatus reports(String... nodes) {
    return new LoadBalancerStatus(
        List.of(),
        Arrays.stream(nodes)
            .map(
                node ->
                    new NodeReport(
                        node, 1L, List.of("198.18.100.7"), List.of(), List.of(), "1/1", List.of()))
            .toList());
  }

  Conductor.Pass pass() throws Exception {
    Conductor.Pass pass = conductor.pass(look.due);
    // The writer's one thread has run what the pass asked of it.
    threads.schedule(() -> {}, 0, TimeUnit.NANOSECONDS).get(5, TimeUnit.SECONDS);
    return pass;
  }

  static Program program() {
    return Programs.read(Objects.loadBalancer("default", "web", "198.18.100.7"), "n1");
  }

  static List<Slice> slices() {
    return new ArrayList<>(
        List.of(SliceReader.read(WEB, Objects.slice("default", "web", "web-1", "10.0.0.1"))));
  }
}
