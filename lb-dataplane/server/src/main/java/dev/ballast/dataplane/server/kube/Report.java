package dev.ballast.dataplane.server.kube;

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
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What this node says of one LoadBalancer.
 *
 * @param verdicts the conditions, without the time of their last transition
 */
record Report(NodeReport node, List<Verdict> verdicts) {

  /** A condition's content. */
  record Verdict(String type, boolean status, String reason, String message) {

    /** The status as Kubernetes spells it. */
    String text() {
      return status ? "True" : "False";
    }
  }

  static Report of(
      String self, Program program, RunningServer running, Map<InetAddress, Taken> addresses) {
    List<String> announcing =
        addresses.entrySet().stream()
            .filter(entry -> entry.getValue() instanceof Taken.Held)
            .map(entry -> NetUtil.toAddressString(entry.getKey()))
            .sorted()
            .toList();
    long healthy =
        running.backends().stream().filter(b -> b.state() == BackendState.HEALTHY).count();
    var node =
        new NodeReport(
            self,
            running.generation(),
            announcing,
            running.frontends().stream().map(Report::frontend).toList(),
            healthy + "/" + running.backends().size(),
            running.backends().stream()
                .limit(NodeReport.MAX_BACKENDS)
                .map(Report::backend)
                .toList());
    return new Report(node, Verdicts.of(self, program, running, addresses));
  }

  /** That no node may own the addresses, said by one for all of them. */
  static Report ofExclusion(String self, Program program, Set<String> excluded) {
    var node = new NodeReport(self, program.generation(), List.of(), List.of(), null, List.of());
    return new Report(node, List.of(Verdicts.allExcluded(excluded)));
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
            node.frontends(),
            null,
            List.of()),
        verdicts.stream().filter(verdict -> !verdict.type().equals(Verdicts.HEALTHY)).toList());
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
          case UNHEALTHY -> "Unhealthy";
          case NOT_READY -> "NotReady";
          case DRAINING -> "Draining";
        },
        nullIfEmpty(backend.message()));
  }

  private static @Nullable String nullIfEmpty(String text) {
    return text.isEmpty() ? null : text;
  }
}
