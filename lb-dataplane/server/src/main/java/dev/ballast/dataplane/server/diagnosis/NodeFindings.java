package dev.ballast.dataplane.server.diagnosis;

import dev.ballast.dataplane.server.steering.SteeringMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What the facts about a node mean. */
final class NodeFindings {

  /** The gravest first. */
  static List<Finding> of(NodeFacts facts) {
    List<Finding> findings = new ArrayList<>();
    if (!facts.missingCapabilities().isEmpty()) {
      findings.add(
          new Finding(
              FindingReason.CAPABILITY_MISSING,
              "The container of the data plane lacks %s."
                  .formatted(String.join(" and ", facts.missingCapabilities())),
              FindingReason.CAPABILITY_MISSING.remedy()));
    }
    if (facts.interfaces().isEmpty()) {
      findings.add(Finding.of(FindingReason.NO_INTERFACE));
    }
    facts
        .firewalls()
        .forEach(
            chain ->
                findings.add(
                    new Finding(FindingReason.FIREWALL_MAY_DROP, chain.message(), chain.remedy())));
    facts.lacking().map(NodeFindings::lacking).ifPresent(findings::add);
    facts.replyRoutes().stream()
        .filter(NodeFacts.ReplyRoute::isAsymmetric)
        .map(NodeFindings::asymmetric)
        .forEach(findings::add);
    if (facts.tablesChanged()) {
      findings.add(Finding.of(FindingReason.TABLES_CHANGED));
    }
    if (facts.routesDeleted()) {
      findings.add(Finding.of(FindingReason.ROUTES_DELETED));
    }
    return findings.stream().sorted(Comparator.comparing(Finding::reason)).toList();
  }

  private static Finding lacking(SteeringMode mode) {
    return Finding.of(
        mode == SteeringMode.BIND ? FindingReason.NO_TPROXY : FindingReason.NO_NFTABLES);
  }

  private static Finding asymmetric(NodeFacts.ReplyRoute route) {
    String message =
        "Packets for addresses in %s arrive by %s, but answers to clients behind a router leave by %s."
            .formatted(route.subnet(), route.arrives(), route.leaves().orElse(""));
    String remedy =
        "Add the subnet and the default route of %s to a routing table, such as 100. Then run %s add from %s table 100."
            .formatted(
                route.arrives(),
                route.subnet().contains(":") ? "ip -6 rule" : "ip rule",
                route.subnet());
    return route.strict()
        ? new Finding(
            FindingReason.REPLIES_LEAVE_ELSEWHERE,
            message
                + " The reverse path filter of %s drops these clients.".formatted(route.arrives()),
            remedy
                + " Set net.ipv4.conf.%s.rp_filter to 2."
                    .formatted(route.arrives().replace('.', '/')))
        : new Finding(FindingReason.REPLIES_LEAVE_ELSEWHERE, message, remedy);
  }

  private NodeFindings() {}
}
