package dev.ballast.dataplane.server.kube;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.api.v1alpha1.LoadBalancerStatus;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.dataplane.core.address.Owners;
import dev.ballast.dataplane.core.plan.ServiceId;
import dev.ballast.dataplane.server.announce.Taken;
import dev.ballast.dataplane.server.relay.ListenState;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The order of things, and what is said of them. */
class ConductorTest {

  static final ServiceId WEB = new ServiceId("default", "web");

  final List<String> journal = new CopyOnWriteArrayList<>();
  private final List<Report> reports = new CopyOnWriteArrayList<>();
  final FakeCluster cluster = new FakeCluster();
  private final FakeServing serving = new FakeServing(journal);
  private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(1);
  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private Taken taken = new Taken.Held();
  private Set<InetAddress> probed = Set.of();

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

  @Test
  void a_new_service_is_listened_on_then_its_address_is_taken_then_it_is_reported()
      throws Exception {
    // Given
    cluster.programs.put(WEB, program());
    cluster.slices.put(WEB, slices());

    // When
    pass();

    // Then
    assertThat(journal)
        .containsExactly(
            "keep [198.18.100.7]", "apply [default/web]", "take 198.18.100.7", "report");
  }

  @Test
  void a_released_service_loses_its_address_then_its_listeners_then_its_report() throws Exception {
    // Given
    cluster.programs.put(WEB, program());
    cluster.slices.put(WEB, slices());
    pass();
    journal.clear();
    cluster.programs.put(WEB, Programs.read(released(), "n1"));

    // When
    pass();

    // Then
    assertThat(journal).containsExactly("keep []", "apply []", "remove report of n1");
  }

  @Test
  void a_service_waits_until_its_slices_are_known() throws Exception {
    // Given
    cluster.programs.put(WEB, program());

    // When
    pass();

    // Then
    assertThat(cluster.served).containsExactly(WEB);
    assertThat(journal).containsExactly("keep []");
  }

  @Test
  void nothing_is_done_twice_when_nothing_changes() throws Exception {
    // Given
    cluster.programs.put(WEB, program());
    cluster.slices.put(WEB, slices());
    pass();
    journal.clear();

    // When
    pass();

    // Then
    assertThat(journal).containsExactly("keep [198.18.100.7]", "take 198.18.100.7");
  }

  @Test
  void an_address_that_cannot_be_taken_is_said_and_tried_again() throws Exception {
    // Given
    cluster.programs.put(WEB, program());
    cluster.slices.put(WEB, slices());
    taken = new Taken.Refused("PermissionDenied", "needs NET_ADMIN");

    // When
    Conductor.Pass pass = pass();

    // Then
    assertThat(pass).isEqualTo(Conductor.Pass.INCOMPLETE);
    assertThat(reports.getLast().node().announcing()).isEmpty();
    assertThat(reports.getLast().verdicts())
        .contains(
            new Report.Verdict(
                "Announced", false, "PermissionDenied", "198.18.100.7: needs NET_ADMIN"));
  }

  @Test
  void a_port_that_is_taken_is_said_with_its_reason() throws Exception {
    // Given
    cluster.programs.put(WEB, program());
    cluster.slices.put(WEB, slices());
    serving.portTaken = 80;

    // When
    pass();

    // Then
    assertThat(reports.getLast().node().frontends().getFirst().reason())
        .isEqualTo(ListenState.PORT_IN_USE);
    assertThat(reports.getLast().verdicts())
        .contains(
            new Report.Verdict(
                "Programmed", false, "PortInUse", "port 80: another process listens on it"));
  }

  @Test
  void a_node_that_leaves_changes_nothing() throws Exception {
    // Given
    cluster.programs.put(WEB, program());
    cluster.slices.put(WEB, slices());
    pass();
    journal.clear();
    cluster.members = new Members(new TreeSet<>(), true);

    // When
    Conductor.Pass pass = pass();

    // Then
    assertThat(pass).isEqualTo(Conductor.Pass.LEAVING);
    assertThat(journal).isEmpty();
  }

  @Test
  void a_service_that_moves_is_served_until_the_new_owner_has_reported() throws Exception {
    // Given
    serveWeb();
    journal.clear();
    String other = otherOwner();
    cluster.members = new Members(new TreeSet<>(Set.of("n1", other)), false);
    pass();
    assertThat(journal).doesNotContain("keep []", "apply []", "remove report of n1");

    // When
    cluster.programs.put(WEB, reported(150, "n1", other));
    pass();

    // Then
    assertThat(journal).containsSubsequence("keep []", "apply []", "remove report of n1");
  }

  @Test
  void an_address_that_another_node_had_for_a_while_is_announced_again() throws Exception {
    // Given
    serveWeb();
    cluster.programs.put(WEB, reported(150, "n1", "n2"));
    pass();
    assertThat(journal).doesNotContain("announce again 198.18.100.7");

    // When
    cluster.programs.put(WEB, reported(151, "n1"));
    pass();

    // Then
    assertThat(journal).containsOnlyOnce("announce again 198.18.100.7");
  }

  @Test
  void an_address_is_announced_again_when_another_node_has_removed_its_report() throws Exception {
    // Given
    serveWeb();

    // When
    cluster.programs.put(WEB, reported(150));
    pass();

    // Then
    assertThat(journal).contains("announce again 198.18.100.7");
  }

  @Test
  void an_address_that_was_merely_kept_is_announced_again_when_it_is_owned() throws Exception {
    // Given
    serveWeb();
    cluster.members = new Members(sorted("n1", otherOwner()), false);
    pass();
    assertThat(journal).doesNotContain("announce again 198.18.100.7");

    // When
    cluster.members = new Members(sorted("n1"), false);
    pass();

    // Then
    assertThat(journal).contains("announce again 198.18.100.7");
  }

  @Test
  void an_address_that_goes_to_another_node_is_not_announced_again() throws Exception {
    // Given
    serveWeb();
    String other = otherOwner();
    cluster.members = new Members(sorted("n1", other), false);
    pass();

    // When
    cluster.programs.put(WEB, reported(150, other));
    pass();

    // Then
    assertThat(journal).doesNotContain("announce again 198.18.100.7");
  }

  @Test
  void a_service_is_served_on_when_no_node_is_a_member_any_more() throws Exception {
    // Given
    serveWeb();
    journal.clear();

    // When
    cluster.members = new Members(new TreeSet<>(), false);
    pass();

    // Then
    assertThat(journal).doesNotContain("keep []", "apply []", "remove report of n1");
  }

  @Test
  void an_excluded_node_serves_until_another_has_reported() throws Exception {
    // Given
    serveWeb();
    journal.clear();
    cluster.members = new Members(sorted("n2"), sorted("n1"), false);
    pass();
    assertThat(journal).doesNotContain("keep []", "apply []", "remove report of n1");

    // When
    cluster.programs.put(WEB, reported(150, "n1", "n2"));
    pass();

    // Then
    assertThat(journal).containsSubsequence("keep []", "apply []", "remove report of n1");
  }

  @Test
  void when_all_nodes_are_excluded_none_serves_and_one_says_why() throws Exception {
    // Given
    serveWeb();
    journal.clear();
    reports.clear();

    // When
    cluster.members = new Members(sorted(), sorted("n1", "n2"), false);
    pass();

    // Then
    assertThat(journal).containsSubsequence("keep []", "apply []", "report");
    assertThat(reports)
        .singleElement()
        .satisfies(
            report -> {
              assertThat(report.node().announcing()).isEmpty();
              assertThat(report.verdicts())
                  .singleElement()
                  .matches(v -> v.type().equals("Announced") && !v.status())
                  .matches(v -> v.reason().equals("AllNodesExcluded"))
                  .matches(v -> v.message().contains("(n1, n2)"))
                  .matches(v -> v.message().contains(Members.EXCLUSION_LABEL));
            });
  }

  @Test
  void the_other_excluded_nodes_say_nothing() throws Exception {
    // Given
    serveWeb();
    journal.clear();

    // When
    cluster.members = new Members(sorted(), sorted("n0", "n1"), false);
    pass();

    // Then
    assertThat(journal).containsSubsequence("keep []", "apply []", "remove report of n1");
    assertThat(journal).doesNotContain("report");
  }

  @Test
  void an_excluded_node_that_still_serves_keeps_its_report() throws Exception {
    // Given: n1 owns the address now and has its own report there already
    cluster.programs.put(WEB, reported(99, "n2", "n3"));
    cluster.slices.put(WEB, slices());

    // When
    cluster.members = new Members(sorted("n1"), sorted("n2"), false);
    pass();

    // Then
    assertThat(journal).contains("remove report of n3").doesNotContain("remove report of n2");
  }

  @Test
  void a_report_of_an_address_that_is_no_longer_wanted_goes_at_once() throws Exception {
    // Given
    var object = Objects.loadBalancer("default", "web");
    object.setStatus(reports("n1"));
    cluster.members = new Members(new TreeSet<>(Set.of("n1", "n2")), false);
    cluster.programs.put(WEB, Programs.read(object, "n1"));

    // When
    pass();

    // Then
    assertThat(journal).contains("remove report of n1");
  }

  @Test
  void an_address_that_no_node_has_had_is_asked_for_and_said_nothing_of_meanwhile()
      throws Exception {
    // Given
    cluster.programs.put(WEB, program());
    cluster.slices.put(WEB, slices());
    taken = new Taken.Probing();

    // When
    Conductor.Pass pass = pass();

    // Then
    assertThat(probed).containsExactly(InetAddress.ofLiteral("198.18.100.7"));
    assertThat(pass).isEqualTo(Conductor.Pass.INCOMPLETE);
    assertThat(journal).doesNotContain("report");
    taken = new Taken.Held();
    pass();
    assertThat(reports.getLast().node().announcing()).containsExactly("198.18.100.7");
    pass();
    assertThat(probed).as("asked for once").isEmpty();
  }

  @Test
  void an_address_is_asked_for_before_the_backends_are_known() throws Exception {
    // Given
    cluster.programs.put(WEB, program());

    // When
    pass();

    // Then
    assertThat(probed).containsExactly(InetAddress.ofLiteral("198.18.100.7"));
  }

  @Test
  void an_address_that_another_node_has_or_had_is_taken_over_without_asking() throws Exception {
    // Given
    cluster.programs.put(WEB, reported(99, "n2"));
    cluster.slices.put(WEB, slices());

    // When
    pass();

    // Then
    assertThat(probed).isEmpty();
    assertThat(journal).contains("take 198.18.100.7");
  }

  @Test
  void an_address_that_a_stranger_has_is_refused_counted_and_tried_again() throws Exception {
    // Given
    cluster.programs.put(WEB, program());
    cluster.slices.put(WEB, slices());
    taken = new Taken.Refused(Taken.Refused.IN_USE, "it answers already");

    // When
    Conductor.Pass pass = pass();

    // Then
    assertThat(pass).isEqualTo(Conductor.Pass.INCOMPLETE);
    assertThat(reports.getLast().node().notAnnounced())
        .containsExactly(
            new AddressReport("198.18.100.7", AddressReport.IN_USE, "it answers already"));
    assertThat(conflicts("before")).isEqualTo(1);
    pass();
    assertThat(conflicts("before")).as("counted once").isEqualTo(1);
    assertThat(probed).as("and asked for again").isNotEmpty();
  }

  @Test
  void a_conflict_over_an_announced_address_is_said_and_the_address_kept() throws Exception {
    // Given
    serveWeb();
    journal.clear();
    taken = new Taken.Contested("52:54:00:00:00:01 answers for it too");

    // When
    Conductor.Pass pass = pass();

    // Then
    assertThat(pass).isEqualTo(Conductor.Pass.DONE);
    assertThat(journal).doesNotContain("keep []");
    assertThat(reports.getLast().node().announcing()).containsExactly("198.18.100.7");
    assertThat(reports.getLast().verdicts())
        .contains(
            new Report.Verdict(
                "Conflict",
                true,
                AddressReport.IN_USE,
                "198.18.100.7: 52:54:00:00:00:01 answers for it too"));
    assertThat(conflicts("after")).isEqualTo(1);
    taken = new Taken.Held();
    pass();
    assertThat(reports.getLast().verdicts()).noneMatch(v -> v.type().equals("Conflict"));
  }

  private double conflicts(String announcement) {
    return metrics
        .get("ballast.address.conflicts")
        .tag("announcement", announcement)
        .counter()
        .count();
  }

  /** This node serves the Service, and its report says so. */
  private void serveWeb() throws Exception {
    cluster.programs.put(WEB, reported(99, "n1"));
    cluster.slices.put(WEB, slices());
    pass();
  }

  private static TreeSet<String> sorted(String... nodes) {
    return new TreeSet<>(Set.of(nodes));
  }

  /** A node that would own the address rather than n1. */
  private static String otherOwner() {
    InetAddress address = InetAddress.ofLiteral("198.18.100.7");
    return IntStream.range(2, 100)
        .mapToObj(i -> "n" + i)
        .filter(n -> Owners.ownerOf(address, Set.of("n1", n)).equals(Optional.of(n)))
        .findFirst()
        .orElseThrow();
  }

  private static Program reported(long version, String... nodes) {
    var object = Objects.loadBalancer("default", "web", "198.18.100.7");
    object.getMetadata().setResourceVersion(String.valueOf(version));
    object.setStatus(reports(nodes));
    return Programs.read(object, "n1");
  }

  private static LoadBalancerStatus reports(String... nodes) {
    return new LoadBalancerStatus(
        List.of(),
        Arrays.stream(nodes)
            .map(
                node ->
                    new NodeReport(
                        node, 1L, List.of("198.18.100.7"), List.of(), List.of(), "1/1", List.of()))
            .toList());
  }

  Agenda.Due due() {
    return Agenda.Due.ALL;
  }

  Conductor.Pass pass() throws Exception {
    Conductor.Pass pass = conductor.pass(due());
    // The writer's one thread has run what the pass asked of it.
    threads.schedule(() -> {}, 0, TimeUnit.NANOSECONDS).get(5, TimeUnit.SECONDS);
    return pass;
  }

  static Program program() {
    return Programs.read(Objects.loadBalancer("default", "web", "198.18.100.7"), "n1");
  }

  private static LoadBalancer released() {
    var object = Objects.loadBalancer("default", "web", "198.18.100.7");
    object.getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z");
    object.getMetadata().setResourceVersion("200");
    object.setStatus(reports("n1"));
    return object;
  }

  static List<Slice> slices() {
    return new ArrayList<>(
        List.of(SliceReader.read(WEB, Objects.slice("default", "web", "web-1", "10.0.0.1"))));
  }
}
