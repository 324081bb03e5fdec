package dev.ballast.dataplane.server.kube;

import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.dataplane.server.announce.Taken;
import dev.ballast.dataplane.server.relay.RunningServer;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What this node has to say of a program.
 *
 * @param self this node
 */
record Reporter(String self, Members members) {

  /** Of one that is served, and runs so. */
  Report served(Program program, RunningServer running, Map<InetAddress, Taken> addresses) {
    return Report.of(self, program, others(program), running, addresses);
  }

  /** Of one that is not served here. */
  Optional<Report> unserved(Program program) {
    return members.tellsThatAllAreExcluded(self) && !program.released()
        ? Optional.of(Report.ofExclusion(self, program, members.excluded()))
        : Optional.empty();
  }

  /** A node that is no member any more says nothing that counts. */
  private List<NodeReport> others(Program program) {
    return program.others().stream().filter(report -> counts(report.name())).toList();
  }

  private boolean counts(String node) {
    return members.nodes().contains(node) || members.excluded().contains(node);
  }

  Wanted wanted(Program program, Optional<Report> own) {
    return new Wanted(
        program.uid(),
        own,
        departed(program),
        new Wanted.Observed(program.version(), program.own(), program.transitions()));
  }

  private Set<String> departed(Program program) {
    return !members.nodes().isEmpty() && members.removesReports(self, program.addresses())
        ? program.reporters().stream()
            .filter(node -> !counts(node) && !node.equals(self))
            .collect(Collectors.toUnmodifiableSet())
        : Set.of();
  }
}
