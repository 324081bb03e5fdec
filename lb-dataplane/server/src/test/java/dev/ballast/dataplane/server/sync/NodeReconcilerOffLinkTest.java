package dev.ballast.dataplane.server.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.LoadBalancerStatus;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.dataplane.core.address.RendezvousHash;
import dev.ballast.dataplane.server.announce.AcquireResult;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.cluster.TestObjects;
import dev.ballast.dataplane.server.membership.Members;
import dev.ballast.dataplane.server.status.StatusReport;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Addresses in whose subnet only some nodes have an interface. Node {@link #BEFORE} owns them
 * rather than n1, and n1 rather than {@link #AFTER}.
 */
@ParameterizedClass(name = "{0}")
@EnumSource
class NodeReconcilerOffLinkTest extends NodeReconcilerFixture {

  private static final InetAddress IPV4 = InetAddress.ofLiteral("198.18.100.7");
  private static final InetAddress IPV6 = InetAddress.ofLiteral("2001:db8::7");
  private static final AcquireResult ROUTE_REFUSED =
      new AcquireResult.AcquireRejected(
          AcquireResult.RejectionReason.ROUTE_REFUSED, "The kernel refuses the route.");
  private static final String BEFORE = node("%s");
  private static final String AFTER = node("n1");

  @BeforeEach
  void startWithEndpoints() {
    cluster.slices.put(WEB, slices());
  }

  @Test
  void a_node_that_is_off_link_reports_it_and_serves_nothing() throws Exception {
    // Given
    setMembers("n1", AFTER);
    announcer.offLink.add(IPV4);
    cluster.configs.put(WEB, config());

    // When
    reconcile();

    // Then
    assertThat(reports).singleElement().satisfies(NodeReconcilerOffLinkTest::isOffLinkOnly);
    assertThat(relay.served()).isEmpty();
    assertThat(calls).noneMatch(call -> call.startsWith("acquire"));
    assertThat(announcer.probed).isEmpty();
  }

  @Test
  void the_report_stays_while_another_node_serves() throws Exception {
    // Given
    setMembers("n1", AFTER);
    announcer.offLink.add(IPV4);
    cluster.configs.put(WEB, config());
    reconcile();
    calls.clear();

    // When
    cluster.configs.put(WEB, reported(150, offLink("n1"), announcing(AFTER)));
    reconcile();

    // Then
    assertThat(calls).doesNotContain("report", "remove report of n1");
  }

  @Test
  void a_node_that_another_one_precedes_reports_nothing() throws Exception {
    // Given
    setMembers("n1", BEFORE);
    announcer.offLink.add(IPV4);
    cluster.configs.put(WEB, config());

    // When
    reconcile();

    // Then
    assertThat(calls).doesNotContain("report");
  }

  @Test
  void the_next_node_serves_after_the_report_of_one_that_is_off_link() throws Exception {
    // Given
    setMembers("n1", BEFORE);
    cluster.configs.put(WEB, config());
    reconcile();
    assertThat(calls).doesNotContain("acquire 198.18.100.7");

    // When
    cluster.configs.put(WEB, reported(99, offLink(BEFORE)));
    reconcile();

    // Then
    assertThat(calls).contains("acquire 198.18.100.7");
    assertThat(announcer.probed).as("never announced before").containsExactly(IPV4);
    assertThat(announced(reports.getLast()))
        .isEqualTo(
            "Announced=True AddressAnnounced: Node n1 announces 198.18.100.7 (epoch 1, since 2026-01-01T00:00:00Z).");
  }

  @Test
  void when_all_are_off_link_the_owner_announces_at_any_interface_and_says_so() throws Exception {
    // Given
    setMembers("n1", AFTER);
    announcer.offLink.add(IPV4);
    cluster.configs.put(WEB, reported(99, offLink(AFTER)));

    // When
    reconcile();

    // Then
    assertThat(calls).contains("acquire 198.18.100.7 at any interface");
    StatusReport report = reports.getLast();
    assertThat(report.node().announcing()).containsExactly("198.18.100.7");
    assertThat(report.node().notAnnounced())
        .extracting(AddressReport::reason)
        .containsExactly(AddressReport.NOT_ON_LINK);
    assertThat(announced(report))
        .isEqualTo(
            "Announced=True AddressAnnounced: Node n1 announces 198.18.100.7 (epoch 1, since 2026-01-01T00:00:00Z). It has no interface"
                + " in the subnet of 198.18.100.7, and uses the interface of the default route.");
  }

  @Test
  void a_node_that_gets_an_interface_takes_nothing_from_the_owner() throws Exception {
    // Given
    setMembers("n1", AFTER);
    announcer.offLink.add(IPV4);
    cluster.configs.put(WEB, reported(99, offLink("n1"), announcing(AFTER)));
    reconcile();

    // When
    announcer.offLink.clear();
    reconcile();

    // Then
    assertThat(calls).contains("remove report of n1").noneMatch(call -> call.startsWith("acquire"));
  }

  @Test
  void a_node_that_loses_its_interface_serves_until_another_has_reported() throws Exception {
    // Given
    setMembers("n1", AFTER);
    serveWeb();
    calls.clear();
    announcer.offLink.add(IPV4);
    reconcile();
    assertThat(calls).contains("report").doesNotContain("keep []", "apply []");
    assertThat(reports.getLast().node().notAnnounced()).hasSize(1);

    // When
    cluster.configs.put(WEB, reported(150, offLinkButAnnouncing("n1"), announcing(AFTER)));
    reconcile();

    // Then
    assertThat(calls).containsSubsequence("keep []", "apply []", "report");
    assertThat(reports.getLast()).satisfies(NodeReconcilerOffLinkTest::isOffLinkOnly);
  }

  /** Its report is gone while it restarts, so that it seems to be the owner for a moment. */
  @Test
  void a_restart_of_a_node_that_is_off_link_moves_no_address() throws Exception {
    // Given
    setMembers("n1", BEFORE);
    cluster.configs.put(WEB, reported(99, offLink(BEFORE), announcing("n1")));
    reconcile();
    setMembers("n1");
    cluster.configs.put(WEB, reported(150, announcing("n1")));
    reconcile();
    calls.clear();

    // When
    setMembers("n1", BEFORE);
    reconcile();
    cluster.configs.put(WEB, reported(151, announcing("n1"), offLink(BEFORE)));
    reconcile();

    // Then
    assertThat(calls).doesNotContain("keep []", "apply []", "remove report of n1");
  }

  @Test
  void the_report_of_an_address_that_the_service_has_lost_is_removed() throws Exception {
    // Given
    setMembers("n1", BEFORE);
    announcer.offLink.add(IPV4);
    cluster.configs.put(WEB, reported(99, offLink("n1"), announcing(BEFORE)));
    reconcile();
    assertThat(calls).doesNotContain("remove report of n1");

    // When
    cluster.configs.put(
        WEB, config(150, List.of("2001:db8::7"), offLink("n1"), announcing(BEFORE)));
    reconcile();

    // Then
    assertThat(calls).contains("remove report of n1");
  }

  @Test
  void each_family_is_off_link_by_itself() throws Exception {
    // Given
    setMembers("n1", AFTER);
    announcer.offLink.add(IPV6);
    cluster.configs.put(WEB, config(99, List.of("198.18.100.7", "2001:db8::7")));

    // When
    reconcile();

    // Then
    StatusReport report = reports.getLast();
    assertThat(report.node().announcing()).containsExactly("198.18.100.7");
    assertThat(report.node().notAnnounced())
        .extracting(AddressReport::address)
        .containsExactly("2001:db8::7");
    assertThat(announced(report))
        .startsWith("Announced=False WaitingForDataPlane: The node that owns 2001:db8::7 ");
  }

  @Test
  void a_node_that_fails_to_announce_for_some_seconds_leaves_the_address_to_another()
      throws Exception {
    // Given
    setMembers("n1", AFTER);
    cluster.configs.put(WEB, config());
    announcer.result = ROUTE_REFUSED;
    reconcile();
    assertThat(relay.served()).isNotEmpty();

    // When
    nanoTime += Duration.ofSeconds(6).toNanos();
    reconcile();
    reconcile();

    // Then
    assertThat(relay.served()).isEmpty();
    assertThat(reports.getLast().node().notAnnounced())
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(entry.reason()).isEqualTo(AddressReport.CANNOT_ANNOUNCE);
              assertThat(entry.message()).contains("n1", "The kernel refuses the route.");
            });
  }

  @Test
  void the_next_node_serves_after_the_report_of_one_that_fails() throws Exception {
    // Given
    setMembers("n1", BEFORE);
    cluster.configs.put(WEB, config());
    reconcile();

    // When
    cluster.configs.put(WEB, reported(99, unable(BEFORE)));
    reconcile();

    // Then
    assertThat(calls).contains("acquire 198.18.100.7");
  }

  @Test
  void a_node_goes_on_trying_where_all_fail_and_says_why() throws Exception {
    // Given
    setMembers("n1", AFTER);
    cluster.configs.put(WEB, reported(99, unable(AFTER)));
    announcer.result = ROUTE_REFUSED;
    reconcile();
    nanoTime += Duration.ofSeconds(6).toNanos();
    reconcile();

    // When
    reconcile();

    // Then
    assertThat(relay.served()).isNotEmpty();
    assertThat(announced(reports.getLast())).startsWith("Announced=False RouteRefused");
    assertThat(reports.getLast().node().notAnnounced())
        .extracting(AddressReport::reason)
        .containsExactly(AddressReport.CANNOT_ANNOUNCE, "RouteRefused");
  }

  @Test
  void a_node_that_failed_may_own_the_address_again_after_some_minutes() throws Exception {
    // Given
    setMembers("n1", AFTER);
    cluster.configs.put(WEB, config());
    announcer.result = ROUTE_REFUSED;
    reconcile();
    nanoTime += Duration.ofSeconds(6).toNanos();
    reconcile();
    reconcile();
    cluster.configs.put(WEB, reported(150, unable("n1"), announcing(AFTER)));
    reconcile();
    assertThat(calls).doesNotContain("remove report of n1");

    // When
    nanoTime += Duration.ofMinutes(6).toNanos();
    reconcile();

    // Then
    // A write of the report before may be on its way.
    await().untilAsserted(() -> assertThat(calls).contains("remove report of n1"));
  }

  @Test
  void an_excluded_node_does_not_report_that_it_is_off_link() throws Exception {
    // Given
    cluster.members = new Members(new TreeSet<>(Set.of(AFTER)), new TreeSet<>(Set.of("n1")), false);
    announcer.offLink.add(IPV4);
    cluster.configs.put(WEB, reported(99, offLink("n1"), announcing(AFTER)));

    // When
    reconcile();

    // Then
    assertThat(calls).contains("remove report of n1").doesNotContain("report");
  }

  private void setMembers(String... nodes) {
    cluster.members = new Members(new TreeSet<>(Set.of(nodes)), false);
  }

  private static void isOffLinkOnly(StatusReport report) {
    assertThat(report.conditions()).isEmpty();
    assertThat(report.node().announcing()).isEmpty();
    assertThat(report.node().notAnnounced())
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(entry.address()).isEqualTo("198.18.100.7");
              assertThat(entry.reason()).isEqualTo("NotOnLink");
              assertThat(entry.message()).contains("n1", "subnet");
            });
  }

  private static String announced(StatusReport report) {
    return report.conditions().stream()
        .filter(condition -> condition.type().equals("Announced"))
        .map(c -> "%s=%s %s: %s".formatted(c.type(), c.status(), c.reason(), c.message()))
        .findFirst()
        .orElseThrow();
  }

  private static LoadBalancerConfig reported(long version, NodeReport... nodes) {
    return config(version, List.of("198.18.100.7"), nodes);
  }

  private static LoadBalancerConfig config(
      long version, List<String> addresses, NodeReport... nodes) {
    var object = TestObjects.loadBalancer("default", "web", addresses.toArray(String[]::new));
    object.getMetadata().setResourceVersion(String.valueOf(version));
    object.setStatus(new LoadBalancerStatus(List.of(), List.of(nodes)));
    return TestObjects.parse(object, "n1");
  }

  private static NodeReport announcing(String node) {
    return reports(node).nodes().getFirst();
  }

  private static NodeReport offLink(String node) {
    return new NodeReport(node, 1L, List.of(), notOnLink(node), List.of(), null, List.of());
  }

  private static NodeReport unable(String node) {
    return new NodeReport(
        node,
        1L,
        List.of(),
        List.of(new AddressReport("198.18.100.7", AddressReport.CANNOT_ANNOUNCE, "It fails.")),
        List.of(),
        null,
        List.of());
  }

  private static NodeReport offLinkButAnnouncing(String node) {
    return new NodeReport(
        node, 1L, List.of("198.18.100.7"), notOnLink(node), List.of(), "1/1", List.of());
  }

  private static List<AddressReport> notOnLink(String node) {
    String message =
        "Node %s has no network interface in the subnet of the address. Another node announces it, if one has such an interface."
            .formatted(node);
    return List.of(new AddressReport("198.18.100.7", AddressReport.NOT_ON_LINK, message));
  }

  /** A node beside which n1 is the owner, or the node itself if {@code owner} is a format. */
  private static String node(String owner) {
    return IntStream.range(2, 1000)
        .mapToObj(i -> "n" + i)
        .filter(
            n ->
                Stream.of(IPV4, IPV6)
                    .map(address -> RendezvousHash.ownerOf(address, Set.of("n1", n)))
                    .allMatch(Optional.of(owner.formatted(n))::equals))
        .findFirst()
        .orElseThrow();
  }
}
