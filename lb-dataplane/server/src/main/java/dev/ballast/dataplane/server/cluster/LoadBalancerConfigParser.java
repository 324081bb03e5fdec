package dev.ballast.dataplane.server.cluster;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.BackendReport;
import dev.ballast.api.v1alpha1.BalancingAlgorithm;
import dev.ballast.api.v1alpha1.HealthCheckSpec;
import dev.ballast.api.v1alpha1.LimitsSpec;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.api.v1alpha1.LoadBalancerSpec;
import dev.ballast.api.v1alpha1.LoadBalancerStatus;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.api.v1alpha1.TimeoutsSpec;
import dev.ballast.apiclient.ResourceVersions;
import dev.ballast.dataplane.core.plan.ConnectionLimits;
import dev.ballast.dataplane.core.plan.ConnectionPolicy;
import dev.ballast.dataplane.core.plan.Frontend;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.source.Cidr;
import dev.ballast.dataplane.core.source.SourceRanges;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.OwnerReference;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Parses LoadBalancers. Absent fields get their default values here, and nowhere else. */
final class LoadBalancerConfigParser {

  private static final LoadBalancerSpec EMPTY =
      new LoadBalancerSpec(List.of(), List.of(), null, null, List.of(), null, null, null);

  static LoadBalancerConfig parse(LoadBalancer object, String self) {
    var metadata = object.getMetadata();
    LoadBalancerSpec spec = Objects.requireNonNullElse(object.getSpec(), EMPTY);
    List<String> problems = new ArrayList<>();
    List<NodeReport> reports = reports(object.getStatus());
    List<InetAddress> addresses = addresses(spec, problems);
    return new LoadBalancerConfig(
        new ServiceKey(metadata.getNamespace(), metadata.getName()),
        metadata.getUid(),
        serviceUid(metadata),
        ResourceVersions.parse(metadata.getResourceVersion()),
        Objects.requireNonNullElse(metadata.getGeneration(), 0L),
        metadata.getDeletionTimestamp() != null,
        addresses,
        frontends(spec, problems),
        policy(spec, sources(spec, problems)),
        List.copyOf(problems),
        reports.stream().filter(report -> report.name().equals(self)).findFirst(),
        addresses.size() < 2 ? List.of() : otherReports(reports, self),
        announcedByNode(reports),
        tcpPorts(reports),
        offLinkNodes(reports),
        announcedGeneration(object.getStatus()),
        transitions(object.getStatus()));
  }

  private static Optional<String> serviceUid(ObjectMeta metadata) {
    return metadata.getOwnerReferences().stream()
        .filter(owner -> "Service".equals(owner.getKind()))
        .map(OwnerReference::getUid)
        .findFirst();
  }

  private static List<InetAddress> addresses(LoadBalancerSpec spec, List<String> problems) {
    List<InetAddress> addresses = new ArrayList<>();
    for (String text : spec.addresses()) {
      try {
        addresses.add(InetAddress.ofLiteral(text));
      } catch (IllegalArgumentException e) {
        problems.add("'" + text + "' is not an IP address. Correct spec.addresses.");
      }
    }
    return addresses.stream().distinct().toList();
  }

  private static List<Frontend> frontends(LoadBalancerSpec spec, List<String> problems) {
    List<Frontend> frontends = new ArrayList<>();
    for (var frontend : spec.frontends()) {
      try {
        Protocol protocol = Protocol.valueOf(frontend.protocol());
        frontends.add(new Frontend(frontend.name(), frontend.port(), protocol, List.of()));
      } catch (IllegalArgumentException e) {
        problems.add(
            "Port %d has the unknown protocol '%s'. Use TCP, UDP or SCTP."
                .formatted(frontend.port(), frontend.protocol()));
      }
    }
    return List.copyOf(frontends);
  }

  /** A range that cannot be parsed admits no client. The other ranges work. */
  private static SourceRanges sources(LoadBalancerSpec spec, List<String> problems) {
    if (spec.sourceRanges().isEmpty()) {
      return SourceRanges.UNRESTRICTED;
    }
    List<Cidr> ranges = new ArrayList<>();
    for (String text : spec.sourceRanges()) {
      Cidr.parse(text)
          .ifPresentOrElse(
              ranges::add,
              () ->
                  problems.add(
                      "'"
                          + text
                          + "' in loadBalancerSourceRanges is not a CIDR and admits no client."
                          + " Correct it in the Service."));
    }
    return SourceRanges.only(ranges);
  }

  private static ConnectionPolicy policy(LoadBalancerSpec spec, SourceRanges sources) {
    HealthCheckSpec check = Objects.requireNonNullElse(spec.healthCheck(), HealthCheckSpec.DEFAULT);
    TimeoutsSpec timeouts = Objects.requireNonNullElse(spec.timeouts(), TimeoutsSpec.DEFAULT);
    return new ConnectionPolicy(
        switch (Objects.requireNonNullElse(spec.balancing(), BalancingAlgorithm.RoundRobin)) {
          case RoundRobin -> ConnectionPolicy.PickerType.ROUND_ROBIN;
          case LeastConnections -> ConnectionPolicy.PickerType.LEAST_CONNECTIONS;
        },
        Optional.ofNullable(spec.clientIpAffinitySeconds()).map(Duration::ofSeconds),
        new ConnectionPolicy.HealthCheckPolicy(
            Duration.ofSeconds(check.periodSeconds()),
            Duration.ofSeconds(check.timeoutSeconds()),
            check.successThreshold(),
            check.failureThreshold()),
        Duration.ofMillis(timeouts.connectMilliseconds()),
        Duration.ofSeconds(timeouts.idleSeconds()),
        Duration.ofSeconds(
            Objects.requireNonNullElse(timeouts.udpIdleSeconds(), TimeoutsSpec.UDP_IDLE_SECONDS)),
        limits(Objects.requireNonNullElse(spec.limits(), LimitsSpec.NONE)),
        sources);
  }

  private static ConnectionLimits limits(LimitsSpec spec) {
    return new ConnectionLimits(
        limit(spec.connections()),
        limit(spec.newConnectionsPerSecond()),
        limit(spec.connectionsPerClient()),
        limit(spec.connectionsPerBackend()));
  }

  private static int limit(@Nullable Integer limit) {
    return Objects.requireNonNullElse(limit, ConnectionLimits.UNLIMITED);
  }

  private static List<NodeReport> otherReports(List<NodeReport> reports, String self) {
    return reports.stream()
        .filter(report -> !report.name().equals(self) && isServing(report))
        .map(LoadBalancerConfigParser::summarize)
        .toList();
  }

  /** A node that only says why it serves nothing has no backends to count. */
  private static boolean isServing(NodeReport report) {
    return report.healthyBackends() != null;
  }

  /** The parts of another node's report that conditions need: one backend of a state, not all. */
  static NodeReport summarize(NodeReport report) {
    return new NodeReport(
        report.name(),
        report.observedGeneration(),
        report.announcing(),
        report.notAnnounced(),
        report.conflicts(),
        report.frontends(),
        report.healthyBackends(),
        Stream.of(BackendReport.REFUSED, BackendReport.UNHEALTHY)
            .flatMap(state -> firstOf(state, report).stream())
            .toList(),
        report.steering(),
        report.rejecting(),
        report.claims());
  }

  private static Optional<BackendReport> firstOf(String state, NodeReport report) {
    return report.backends().stream().filter(backend -> state.equals(backend.state())).findFirst();
  }

  private static Map<String, Map<InetAddress, Long>> announcedByNode(List<NodeReport> reports) {
    Map<String, Map<InetAddress, Long>> announcing = new HashMap<>();
    for (NodeReport report : reports) {
      Map<InetAddress, Long> epochs = new HashMap<>();
      for (String text : report.announcing()) {
        reportedAddress(text).ifPresent(address -> epochs.put(address, report.epochOf(text)));
      }
      announcing.put(report.name(), Map.copyOf(epochs));
    }
    return Map.copyOf(announcing);
  }

  /** A node of an older version does not say of a port that it refuses connections. */
  private static Map<String, Integer> tcpPorts(List<NodeReport> reports) {
    Map<String, Integer> ports = new HashMap<>();
    for (NodeReport report : reports) {
      String healthy = Objects.requireNonNullElse(report.healthyBackends(), "0/0");
      if (!healthy.startsWith("0/")) {
        report.frontends().stream()
            .filter(frontend -> frontend.listening() && frontend.reason() == null)
            .filter(frontend -> frontend.protocol().equals("TCP"))
            .findFirst()
            .ifPresent(frontend -> ports.put(report.name(), frontend.port()));
      }
    }
    return Map.copyOf(ports);
  }

  private static Map<InetAddress, Set<String>> offLinkNodes(List<NodeReport> reports) {
    Map<InetAddress, Set<String>> nodes = new HashMap<>();
    for (NodeReport report : reports) {
      report.notAnnounced().stream()
          .filter(entry -> AddressReport.OF_OTHER_NODES.contains(entry.reason()))
          .map(entry -> reportedAddress(entry.address()))
          .flatMap(Optional::stream)
          .forEach(
              address -> nodes.computeIfAbsent(address, a -> new HashSet<>()).add(report.name()));
    }
    return Map.copyOf(nodes);
  }

  /** Empty if no node has written it, so that it is not an address of a Service. */
  static Optional<InetAddress> reportedAddress(String text) {
    try {
      return Optional.of(InetAddress.ofLiteral(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static long announcedGeneration(@Nullable LoadBalancerStatus status) {
    List<Condition> conditions = status == null ? List.of() : status.conditions();
    return conditions.stream()
        .filter(
            condition ->
                "Announced".equals(condition.getType())
                    && ("True".equals(condition.getStatus())
                        || "Unreachable".equals(condition.getReason())))
        .mapToLong(condition -> Objects.requireNonNullElse(condition.getObservedGeneration(), 0L))
        .findFirst()
        .orElse(0);
  }

  private static List<NodeReport> reports(@Nullable LoadBalancerStatus status) {
    return status == null ? List.of() : status.nodes();
  }

  private static Map<String, LoadBalancerConfig.ConditionTransition> transitions(
      @Nullable LoadBalancerStatus status) {
    Map<String, LoadBalancerConfig.ConditionTransition> conditionTransitions = new HashMap<>();
    List<Condition> conditions = status == null ? List.of() : status.conditions();
    for (Condition condition : conditions) {
      if (condition.getStatus() != null && condition.getLastTransitionTime() != null) {
        conditionTransitions.put(
            condition.getType(),
            new LoadBalancerConfig.ConditionTransition(
                condition.getStatus(), condition.getLastTransitionTime()));
      }
    }
    return Map.copyOf(conditionTransitions);
  }

  private LoadBalancerConfigParser() {}
}
