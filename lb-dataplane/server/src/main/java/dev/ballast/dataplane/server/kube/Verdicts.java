package dev.ballast.dataplane.server.kube;

import static java.util.stream.Collectors.joining;

import dev.ballast.dataplane.server.announce.Taken;
import dev.ballast.dataplane.server.kube.Report.Verdict;
import dev.ballast.dataplane.server.relay.BackendState;
import dev.ballast.dataplane.server.relay.ListenState;
import dev.ballast.dataplane.server.relay.RunningBackend;
import dev.ballast.dataplane.server.relay.RunningFrontend;
import dev.ballast.dataplane.server.relay.RunningServer;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The conditions that follow from what runs, each true or with a reason why not. */
final class Verdicts {

  static final String HEALTHY = "Healthy";

  /** Reason of a condition that has failures of different reasons. */
  static final String SEVERAL_REASONS = "PortErrors";

  static List<Verdict> of(
      String self, Program program, RunningServer running, Map<InetAddress, Taken> addresses) {
    return List.of(
        new Verdict(
            "Allocated", true, "AddressAssigned", text(program.addresses().stream()) + " assigned"),
        programmed(self, program, running.frontends()),
        announced(self, addresses),
        healthy(running.backends()));
  }

  private static Verdict programmed(String self, Program program, List<RunningFrontend> frontends) {
    List<String> reasons = new ArrayList<>();
    List<String> messages = new ArrayList<>();
    for (RunningFrontend frontend : frontends) {
      switch (frontend.state()) {
        case ListenState.Listening() -> {}
        case ListenState.Failed(String reason, String message) -> {
          reasons.add(reason);
          messages.add("port %d: %s".formatted(frontend.port(), message));
        }
      }
    }
    for (String problem : program.problems()) {
      reasons.add("InvalidSpec");
      messages.add(problem);
    }
    if (reasons.isEmpty()) {
      String ports = frontends.stream().map(f -> String.valueOf(f.port())).collect(joining(", "));
      return new Verdict(
          "Programmed", true, "Listening", "node %s listens on port %s".formatted(self, ports));
    }
    return new Verdict(
        "Programmed", false, only(reasons).orElse(SEVERAL_REASONS), String.join("; ", messages));
  }

  private static Verdict announced(String self, Map<InetAddress, Taken> addresses) {
    List<String> reasons = new ArrayList<>();
    List<String> messages = new ArrayList<>();
    addresses.forEach(
        (address, taken) -> {
          switch (taken) {
            case Taken.Held() -> {}
            case Taken.Refused(String reason, String message) -> {
              reasons.add(reason);
              messages.add(NetUtil.toAddressString(address) + ": " + message);
            }
          }
        });
    if (reasons.isEmpty()) {
      return new Verdict(
          "Announced",
          true,
          "AddressAnnounced",
          "node %s announces %s".formatted(self, text(addresses.keySet().stream())));
    }
    return new Verdict(
        "Announced", false, only(reasons).orElse("AnnounceErrors"), String.join("; ", messages));
  }

  /** Names a few: the message stands in every LoadBalancer. */
  static Verdict allExcluded(Set<String> nodes) {
    return new Verdict(
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

  private static Verdict healthy(List<RunningBackend> backends) {
    long healthy = backends.stream().filter(b -> b.state() == BackendState.HEALTHY).count();
    long failing = backends.stream().filter(b -> b.state() == BackendState.UNHEALTHY).count();
    String count = "%d of %d backends are healthy".formatted(healthy, backends.size());
    if (healthy > 0) {
      return new Verdict(HEALTHY, true, "BackendsHealthy", count);
    }
    if (backends.isEmpty()) {
      return new Verdict(
          HEALTHY,
          false,
          "NoEndpoints",
          "no endpoints: compare the Service's selector and port names with its Pods");
    }
    return failing > 0
        ? new Verdict(HEALTHY, false, "AllUnhealthy", count + ": the check of each fails")
        : new Verdict(HEALTHY, false, "NoneReady", count + ": no Pod is ready");
  }

  private static Optional<String> only(List<String> reasons) {
    List<String> distinct = reasons.stream().distinct().toList();
    return distinct.size() == 1 ? Optional.of(distinct.getFirst()) : Optional.empty();
  }

  private static String text(Stream<InetAddress> addresses) {
    return addresses.map(NetUtil::toAddressString).sorted().collect(joining(", "));
  }

  private Verdicts() {}
}
