package dev.ballast.dataplane.server.kube;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.BackendReport;
import dev.ballast.api.v1alpha1.FrontendReport;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.dataplane.server.announce.Taken;
import dev.ballast.dataplane.server.relay.BackendState;
import dev.ballast.dataplane.server.relay.ListenState;
import dev.ballast.dataplane.server.relay.RunningBackend;
import dev.ballast.dataplane.server.relay.RunningFrontend;
import dev.ballast.dataplane.server.relay.RunningServer;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What this node says of one LoadBalancer.
 *
 * @param verdicts the conditions, without the time of their last transition; empty: another node
 *     says them
 * @param observedGeneration the oldest that the conditions rest on
 */
record Report(NodeReport node, List<Verdict> verdicts, long observedGeneration) {

  /** A condition's content. */
  record Verdict(String type, boolean status, String reason, String message) {

    /** The status as Kubernetes spells it. */
    String text() {
      return status ? "True" : "False";
    }
  }

  /**
   * The node that serves the first address speaks for all. While an address moves, two may: what
   * they say follows from the same reports.
   *
   * @param others the reports of the other nodes that serve the Service
   */
  static Report of(
      String self,
      Program program,
      List<NodeReport> others,
      RunningServer running,
      Map<InetAddress, Taken> addresses) {
    NodeReport own = node(self, running, addresses);
    if (!addresses.containsKey(program.addresses().getFirst())) {
      return new Report(own, List.of(), running.generation());
    }
    List<NodeReport> all = Stream.concat(Stream.of(own), others.stream()).toList();
    return new Report(own, Verdicts.of(program, all), oldest(all));
  }

  private static long oldest(List<NodeReport> reports) {
    return reports.stream()
        .mapToLong(report -> Objects.requireNonNullElse(report.observedGeneration(), 0L))
        .min()
        .orElse(0);
  }

  private static NodeReport node(
      String self, RunningServer running, Map<InetAddress, Taken> addresses) {
    List<String> announcing = new ArrayList<>();
    List<AddressReport> notAnnounced = new ArrayList<>();
    List<AddressReport> conflicts = new ArrayList<>();
    addresses.forEach(
        (address, taken) -> {
          String text = NetUtil.toAddressString(address);
          switch (taken) {
            case Taken.Held() -> announcing.add(text);
            case Taken.Contested(String message) -> {
              announcing.add(text);
              conflicts.add(new AddressReport(text, AddressReport.IN_USE, message));
            }
            case Taken.Probing() -> {}
            case Taken.Refused(String reason, String message) ->
                notAnnounced.add(new AddressReport(text, reason, message));
          }
        });
    long healthy =
        running.backends().stream().filter(b -> b.state() == BackendState.HEALTHY).count();
    return new NodeReport(
        self,
        running.generation(),
        announcing.stream().sorted().toList(),
        notAnnounced.stream().sorted(Comparator.comparing(AddressReport::address)).toList(),
        conflicts.stream().sorted(Comparator.comparing(AddressReport::address)).toList(),
        running.frontends().stream().map(Report::frontend).toList(),
        healthy + "/" + running.backends().size(),
        running.backends().stream().limit(NodeReport.MAX_BACKENDS).map(Report::backend).toList());
  }

  /** That no node may own the addresses, said by one for all of them. */
  static Report ofExclusion(String self, Program program, Set<String> excluded) {
    var node =
        new NodeReport(
            self, program.generation(), List.of(), List.of(), List.of(), null, List.of());
    return new Report(node, List.of(Verdicts.allExcluded(excluded)), program.generation());
  }

  /** Whether the two differ in what others wait for, rather than in the health of backends only. */
  boolean differsBeyondHealth(Report other) {
    return !withoutHealth().equals(other.withoutHealth());
  }

  private Report withoutHealth() {
    return new Report(
        new NodeReport(
            node.name(),
            node.observedGeneration(),
            node.announcing(),
            node.notAnnounced(),
            node.conflicts(),
            node.frontends(),
            null,
            List.of()),
        verdicts.stream().filter(verdict -> !verdict.type().equals(Verdicts.HEALTHY)).toList(),
        observedGeneration);
  }

  private static FrontendReport frontend(RunningFrontend frontend) {
    String protocol = frontend.protocol().name();
    return switch (frontend.state()) {
      case ListenState.Listening() ->
          new FrontendReport(frontend.port(), protocol, true, null, null);
      case ListenState.Failed(String reason, String message) ->
          new FrontendReport(frontend.port(), protocol, false, reason, message);
    };
  }

  private static BackendReport backend(RunningBackend backend) {
    return new BackendReport(
        NetUtil.toAddressString(backend.endpoint().address()),
        backend.endpoint().port(),
        nullIfEmpty(backend.endpoint().pod()),
        nullIfEmpty(backend.endpoint().node()),
        switch (backend.state()) {
          case HEALTHY -> "Healthy";
          case UNHEALTHY -> BackendReport.UNHEALTHY;
          case NOT_READY -> "NotReady";
          case DRAINING -> "Draining";
        },
        nullIfEmpty(backend.message()));
  }

  private static @Nullable String nullIfEmpty(String text) {
    return text.isEmpty() ? null : text;
  }
}
