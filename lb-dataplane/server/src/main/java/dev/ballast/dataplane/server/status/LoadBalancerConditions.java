package dev.ballast.dataplane.server.status;

import static java.util.stream.Collectors.joining;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.BackendReport;
import dev.ballast.api.v1alpha1.FrontendReport;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.cluster.Reachability;
import dev.ballast.dataplane.server.membership.Members;
import dev.ballast.dataplane.server.status.StatusReport.ReportedCondition;
import dev.ballast.dataplane.server.steering.SteeringMode;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The conditions of a LoadBalancer. They follow from the reports of its nodes alone, in whatever
 * order, so that it does not matter which node writes them.
 */
final class LoadBalancerConditions {

  private static final Pattern COUNT = Pattern.compile("(\\d+)/(\\d+)");

  static List<ReportedCondition> of(
      LoadBalancerConfig config,
      List<NodeReport> reports,
      BiFunction<InetAddress, String, Reachability> reachability) {
    List<String> addresses = config.addresses().stream().map(NetUtil::toAddressString).toList();
    List<ReportedCondition> conditions = new ArrayList<>();
    conditions.add(
        ReportedCondition.of(
            LoadBalancerReason.ADDRESS_ASSIGNED,
            (addresses.size() == 1 ? "%s is assigned." : "%s are assigned.")
                .formatted(sorted(addresses))));
    conditions.add(programmed(config, reports));
    ReachableCondition reachable = ReachableCondition.of(config.addresses(), reports, reachability);
    conditions.add(announced(addresses, reports, reachable.unreachable()));
    reachable.condition().ifPresent(conditions::add);
    conditions.add(healthy(reports));
    conflict(reports).ifPresent(conditions::add);
    LimitedCondition.of(reports).ifPresent(conditions::add);
    return List.copyOf(conditions);
  }

  /** Present only while there is a conflict, so that most load balancers have less to read. */
  private static Optional<ReportedCondition> conflict(List<NodeReport> reports) {
    String messages =
        reports.stream()
            .flatMap(report -> report.conflicts().stream())
            .map(conflict -> conflict.address() + ": " + conflict.message())
            .distinct()
            .sorted()
            .collect(joining(" "));
    return messages.isEmpty()
        ? Optional.empty()
        : Optional.of(ReportedCondition.of(LoadBalancerReason.ADDRESS_CONFLICT, messages));
  }

  private static ReportedCondition programmed(LoadBalancerConfig config, List<NodeReport> reports) {
    List<String> reasons = new ArrayList<>();
    List<String> messages = new ArrayList<>();
    for (FrontendReport frontend : failed(reports)) {
      reasons.add(
          Objects.requireNonNullElse(frontend.reason(), LoadBalancerReason.NOT_LISTENING.reason()));
      messages.add("Port %d: %s".formatted(frontend.port(), frontend.message()));
    }
    for (String problem : config.problems()) {
      reasons.add(LoadBalancerReason.INVALID_SPEC.reason());
      messages.add(problem);
    }
    return reasons.isEmpty()
        ? ReportedCondition.of(LoadBalancerReason.LISTENING, listeners(reports))
        : ReportedCondition.notMet(
            LoadBalancerConditionType.PROGRAMMED,
            onlyOne(reasons).orElse(LoadBalancerReason.PORT_ERRORS.reason()),
            messages.stream().distinct().sorted().collect(joining(" ")));
  }

  private static String listeners(List<NodeReport> reports) {
    List<String> ports =
        reports.stream()
            .flatMap(report -> report.frontends().stream())
            .map(frontend -> String.valueOf(frontend.port()))
            .distinct()
            .toList();
    List<String> nodes = reports.stream().map(NodeReport::name).sorted().toList();
    return (nodes.size() == 1 ? "Node %s listens on %s." : "Nodes %s listen on %s.")
            .formatted(
                String.join(", ", nodes),
                (ports.size() == 1 ? "port " : "ports ") + String.join(", ", ports))
        + withoutTproxy(reports);
  }

  /** Said only of nodes whose daemons cannot have the ports of the Service. */
  private static String withoutTproxy(List<NodeReport> reports) {
    return reports.stream()
        .filter(report -> report.steering() != null)
        .filter(report -> !SteeringMode.TPROXY.toString().equals(report.steering()))
        .map(
            report ->
                " Node %s is in the mode %s, so no program of the node can use these ports."
                    .formatted(report.name(), report.steering()))
        .sorted()
        .collect(joining());
  }

  private static List<FrontendReport> failed(List<NodeReport> reports) {
    return reports.stream()
        .flatMap(report -> report.frontends().stream())
        .filter(frontend -> !frontend.listening())
        .toList();
  }

  static ReportedCondition announced(LoadBalancerConfig config, List<NodeReport> reports) {
    return announced(
        config.addresses().stream().map(NetUtil::toAddressString).toList(),
        reports,
        Optional.empty());
  }

  /**
   * @param unreachable why another node does not reach an announced address
   */
  private static ReportedCondition announced(
      List<String> addresses, List<NodeReport> reports, Optional<String> unreachable) {
    List<String> reasons = new ArrayList<>();
    List<String> messages = new ArrayList<>();
    for (String address : addresses) {
      if (reports.stream().anyMatch(report -> report.announcing().contains(address))) {
        continue;
      }
      Optional<Rejection> rejection =
          reports.stream().flatMap(report -> rejections(report, address)).findFirst();
      reasons.add(
          rejection
              .map(Rejection::reason)
              .orElse(LoadBalancerReason.WAITING_FOR_DATA_PLANE.reason()));
      messages.add(
          rejection
              .map(Rejection::text)
              .orElse(
                  "The node that owns %s has not reported yet. See the log of its data plane."
                      .formatted(address)));
    }
    if (reasons.isEmpty()) {
      return unreachable
          .map(why -> ReportedCondition.of(LoadBalancerReason.UNREACHABLE, why))
          .orElseGet(
              () ->
                  ReportedCondition.of(LoadBalancerReason.ADDRESS_ANNOUNCED, announcers(reports)));
    }
    return ReportedCondition.notMet(
        LoadBalancerConditionType.ANNOUNCED,
        onlyOne(reasons).orElse(LoadBalancerReason.ANNOUNCE_ERRORS.reason()),
        String.join(" ", messages));
  }

  /** What one node reports on an address that it does not announce. */
  private record Rejection(String node, AddressReport report) {

    String reason() {
      return report.reason();
    }

    /** Names the node, since many messages speak of this node. */
    String text() {
      return "%s at node %s: %s".formatted(report.address(), node, report.message());
    }
  }

  private static Stream<Rejection> rejections(NodeReport report, String address) {
    return report.notAnnounced().stream()
        .filter(each -> each.address().equals(address) && !isOfOtherNodes(each))
        .map(each -> new Rejection(report.name(), each));
  }

  /** Another node has to announce the address, or this one gives the cause besides. */
  private static boolean isOfOtherNodes(AddressReport report) {
    return AddressReport.OF_OTHER_NODES.contains(report.reason());
  }

  private static boolean isOffLink(AddressReport report) {
    return report.reason().equals(LoadBalancerReason.NOT_ON_LINK.reason());
  }

  private static String announcers(List<NodeReport> reports) {
    return reports.stream()
        .filter(report -> !report.announcing().isEmpty())
        .map(LoadBalancerConditions::announcer)
        .sorted()
        .collect(joining(" "));
  }

  private static String announcer(NodeReport report) {
    List<String> offLink =
        report.notAnnounced().stream()
            .filter(LoadBalancerConditions::isOffLink)
            .map(AddressReport::address)
            .filter(report.announcing()::contains)
            .toList();
    String announces =
        "Node %s announces %s."
            .formatted(
                report.name(),
                report.announcing().stream()
                    .sorted()
                    .map(address -> withClaim(address, report))
                    .collect(joining(", ")));
    return (offLink.isEmpty()
            ? announces
            : announces
                + " It has no interface in the subnet of %s, and uses the interface of the default route."
                    .formatted(sorted(offLink)))
        + notSelected(report);
  }

  /** Why a node goes on announcing although the pool does not select it. */
  private static String notSelected(NodeReport report) {
    return report.notAnnounced().stream()
        .filter(AddressReports::isNoNodeSelected)
        .filter(entry -> report.announcing().contains(entry.address()))
        .map(entry -> " The address stays there. " + entry.message())
        .distinct()
        .collect(joining());
  }

  private static String withClaim(String address, NodeReport report) {
    return report.claims().stream()
        .filter(claim -> claim.address().equals(address))
        .findFirst()
        .map(claim -> "%s (epoch %d, since %s)".formatted(address, claim.epoch(), claim.since()))
        .orElse(address);
  }

  /** Names a few nodes only, since every LoadBalancer has this message. */
  static ReportedCondition allExcluded(Set<String> nodes) {
    return ReportedCondition.of(
        LoadBalancerReason.ALL_NODES_EXCLUDED,
        "No node announces the address. Every node with a Ready data plane (%s%s) has the label %s."
                .formatted(
                    nodes.stream().sorted().limit(3).collect(joining(", ")),
                    nodes.size() > 3 ? ", …" : "",
                    Members.EXCLUSION_LABEL)
            + " Remove the label from one of them, or run the data plane on a node without it.");
  }

  /** False as soon as the clients of one node have no backend. */
  private static ReportedCondition healthy(List<NodeReport> reports) {
    SortedMap<String, ReportedCondition> byNode = new TreeMap<>();
    reports.forEach(report -> byNode.put(report.name(), healthy(report)));
    if (byNode.values().stream().map(ReportedCondition::message).distinct().count() > 1) {
      byNode.replaceAll(
          (node, condition) ->
              condition.withMessage("Node %s: %s".formatted(node, condition.message())));
    }
    List<ReportedCondition> unhealthy =
        byNode.values().stream()
            .filter(condition -> condition.status() == ConditionStatus.FALSE)
            .toList();
    List<ReportedCondition> relevant =
        unhealthy.isEmpty() ? List.copyOf(byNode.values()) : unhealthy;
    return relevant
        .getFirst()
        .withMessage(
            relevant.stream().map(ReportedCondition::message).distinct().collect(joining(" ")));
  }

  private static ReportedCondition healthy(NodeReport report) {
    Matcher count = COUNT.matcher(Objects.requireNonNullElse(report.healthyBackends(), "0/0"));
    String healthy = count.matches() ? count.group(1) : "0";
    String all = count.matches() ? count.group(2) : "0";
    String refused = refused(report);
    String text = "%s of %s backends are healthy.".formatted(healthy, all) + refused;
    if (!healthy.equals("0")) {
      return ReportedCondition.of(LoadBalancerReason.BACKENDS_HEALTHY, text);
    }
    if (all.equals("0") && !refused.isEmpty()) {
      return ReportedCondition.of(
          LoadBalancerReason.ENDPOINTS_REFUSED, "The Service has no backend." + refused);
    }
    if (all.equals("0")) {
      return ReportedCondition.of(
          LoadBalancerReason.NO_ENDPOINTS,
          "The Service has no endpoints. Compare its selector and port names with its Pods.");
    }
    return report.backends().stream()
            .anyMatch(backend -> BackendReport.UNHEALTHY.equals(backend.state()))
        ? ReportedCondition.of(
            LoadBalancerReason.ALL_UNHEALTHY,
            text + " Every health check fails. Check that the Pods listen on the target port.")
        : ReportedCondition.of(
            LoadBalancerReason.NONE_READY,
            text + " No Pod is ready. Check the readiness probes of the Pods.");
  }

  /** Said also while other endpoints are healthy, since the rest gets no connections. */
  private static String refused(NodeReport report) {
    return report.backends().stream()
        .filter(backend -> BackendReport.REFUSED.equals(backend.state()))
        .findFirst()
        .map(backend -> " " + backend.message())
        .orElse("");
  }

  private static Optional<String> onlyOne(List<String> reasons) {
    List<String> distinct = reasons.stream().distinct().toList();
    return distinct.size() == 1 ? Optional.of(distinct.getFirst()) : Optional.empty();
  }

  private static String sorted(List<String> addresses) {
    return addresses.stream().sorted().collect(joining(", "));
  }

  private LoadBalancerConditions() {}
}
