package dev.ballast.dataplane.server.status;

import static java.util.stream.Collectors.joining;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.BackendReport;
import dev.ballast.api.v1alpha1.FrontendReport;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.membership.Members;
import dev.ballast.dataplane.server.status.StatusReport.ReportedCondition;
import io.netty.util.NetUtil;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The conditions of a LoadBalancer, each true or with a reason why not. They follow from the
 * reports of its nodes alone, in whatever order, so that it does not matter which node says them.
 */
final class LoadBalancerConditions {

  static final String HEALTHY = "Healthy";

  /** Reason of a condition that has failures of different reasons. */
  static final String SEVERAL_REASONS = "PortErrors";

  /** Reason of an address of which no node has said a word; the operator waits on. */
  static final String WAITING = "WaitingForDataPlane";

  private static final Pattern COUNT = Pattern.compile("(\\d+)/(\\d+)");

  static List<ReportedCondition> of(LoadBalancerConfig config, List<NodeReport> reports) {
    List<String> addresses = config.addresses().stream().map(NetUtil::toAddressString).toList();
    List<ReportedCondition> conditions = new ArrayList<>();
    conditions.add(
        new ReportedCondition("Allocated", true, "AddressAssigned", text(addresses) + " assigned"));
    conditions.add(programmed(config, reports));
    conditions.add(announced(addresses, reports));
    conditions.add(healthy(reports));
    conflict(reports).ifPresent(conditions::add);
    return List.copyOf(conditions);
  }

  /** Said only while there is one, so that a load balancer without has nothing more to read. */
  private static Optional<ReportedCondition> conflict(List<NodeReport> reports) {
    String messages =
        reports.stream()
            .flatMap(report -> report.conflicts().stream())
            .map(conflict -> conflict.address() + ": " + conflict.message())
            .distinct()
            .sorted()
            .collect(joining("; "));
    return messages.isEmpty()
        ? Optional.empty()
        : Optional.of(new ReportedCondition("Conflict", true, AddressReport.IN_USE, messages));
  }

  private static ReportedCondition programmed(LoadBalancerConfig config, List<NodeReport> reports) {
    List<String> reasons = new ArrayList<>();
    List<String> messages = new ArrayList<>();
    for (FrontendReport frontend : failed(reports)) {
      reasons.add(Objects.requireNonNullElse(frontend.reason(), "NotListening"));
      messages.add("port %d: %s".formatted(frontend.port(), frontend.message()));
    }
    for (String problem : config.problems()) {
      reasons.add("InvalidSpec");
      messages.add(problem);
    }
    if (reasons.isEmpty()) {
      String ports =
          reports.stream()
              .flatMap(report -> report.frontends().stream())
              .map(frontend -> String.valueOf(frontend.port()))
              .distinct()
              .collect(joining(", "));
      List<String> nodes = reports.stream().map(NodeReport::name).sorted().toList();
      return new ReportedCondition(
          "Programmed",
          true,
          "Listening",
          nodes.size() == 1
              ? "node %s listens on port %s".formatted(nodes.getFirst(), ports)
              : "nodes %s listen on port %s".formatted(String.join(", ", nodes), ports));
    }
    return new ReportedCondition(
        "Programmed",
        false,
        only(reasons).orElse(SEVERAL_REASONS),
        messages.stream().distinct().sorted().collect(joining("; ")));
  }

  private static List<FrontendReport> failed(List<NodeReport> reports) {
    return reports.stream()
        .flatMap(report -> report.frontends().stream())
        .filter(frontend -> !frontend.listening())
        .toList();
  }

  private static ReportedCondition announced(List<String> addresses, List<NodeReport> reports) {
    List<String> reasons = new ArrayList<>();
    List<String> messages = new ArrayList<>();
    for (String address : addresses) {
      if (reports.stream().anyMatch(report -> report.announcing().contains(address))) {
        continue;
      }
      Optional<AddressReport> refusal =
          reports.stream()
              .flatMap(report -> report.notAnnounced().stream())
              .filter(report -> report.address().equals(address))
              .findFirst();
      reasons.add(refusal.map(AddressReport::reason).orElse(WAITING));
      messages.add(
          address
              + ": "
              + refusal
                  .map(AddressReport::message)
                  .orElse("the node that owns it has not reported yet; see its data plane's log"));
    }
    if (reasons.isEmpty()) {
      return new ReportedCondition("Announced", true, "AddressAnnounced", announcers(reports));
    }
    return new ReportedCondition(
        "Announced", false, only(reasons).orElse("AnnounceErrors"), String.join("; ", messages));
  }

  private static String announcers(List<NodeReport> reports) {
    return reports.stream()
        .filter(report -> !report.announcing().isEmpty())
        .map(report -> "node %s announces %s".formatted(report.name(), text(report.announcing())))
        .sorted()
        .collect(joining(", "));
  }

  /** Names a few: the message stands in every LoadBalancer. */
  static ReportedCondition allExcluded(Set<String> nodes) {
    return new ReportedCondition(
        "Announced",
        false,
        "AllNodesExcluded",
        "no node announces it: every node with a Ready data plane (%s%s) has the label %s; remove it"
                .formatted(
                    nodes.stream().sorted().limit(3).collect(joining(", ")),
                    nodes.size() > 3 ? ", …" : "",
                    Members.EXCLUSION_LABEL)
            + " from one, or run the data plane on one without it");
  }

  /** False as soon as the clients of one node have no backend. */
  private static ReportedCondition healthy(List<NodeReport> reports) {
    SortedMap<String, ReportedCondition> byNode = new TreeMap<>();
    reports.forEach(report -> byNode.put(report.name(), healthy(report)));
    if (byNode.values().stream().map(ReportedCondition::message).distinct().count() > 1) {
      byNode.replaceAll(
          (node, said) ->
              new ReportedCondition(
                  HEALTHY,
                  said.status(),
                  said.reason(),
                  "at node %s %s".formatted(node, said.message())));
    }
    boolean all = byNode.values().stream().allMatch(ReportedCondition::status);
    List<ReportedCondition> telling =
        byNode.values().stream().filter(said -> all || !said.status()).toList();
    return new ReportedCondition(
        HEALTHY,
        all,
        telling.getFirst().reason(),
        telling.stream().map(ReportedCondition::message).distinct().collect(joining("; ")));
  }

  private static ReportedCondition healthy(NodeReport report) {
    Matcher count = COUNT.matcher(Objects.requireNonNullElse(report.healthyBackends(), "0/0"));
    String healthy = count.matches() ? count.group(1) : "0";
    String all = count.matches() ? count.group(2) : "0";
    String text = "%s of %s backends are healthy".formatted(healthy, all);
    if (!healthy.equals("0")) {
      return new ReportedCondition(HEALTHY, true, "BackendsHealthy", text);
    }
    if (all.equals("0")) {
      return new ReportedCondition(
          HEALTHY,
          false,
          "NoEndpoints",
          "no endpoints: compare the Service's selector and port names with its Pods");
    }
    return report.backends().stream()
            .anyMatch(backend -> BackendReport.UNHEALTHY.equals(backend.state()))
        ? new ReportedCondition(HEALTHY, false, "AllUnhealthy", text + ": the check of each fails")
        : new ReportedCondition(HEALTHY, false, "NoneReady", text + ": no Pod is ready");
  }

  private static Optional<String> only(List<String> reasons) {
    List<String> distinct = reasons.stream().distinct().toList();
    return distinct.size() == 1 ? Optional.of(distinct.getFirst()) : Optional.empty();
  }

  private static String text(List<String> addresses) {
    return addresses.stream().sorted().collect(joining(", "));
  }

  private LoadBalancerConditions() {}
}
