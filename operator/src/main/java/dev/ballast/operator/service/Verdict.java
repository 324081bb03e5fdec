package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.FrontendReport;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.api.v1alpha1.LoadBalancerStatus;
import dev.ballast.api.v1alpha1.NodeReport;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** How things stand for a wanted load balancer: what its Service's status shall say. */
sealed interface Verdict {

  /** No address could be had; {@code message}: what happened, why, what to do. */
  record Pending(String reason, String message) implements Verdict {}

  /** Addresses are held, and no node answers for all of them yet. */
  record Unannounced(List<String> addresses) implements Verdict {}

  /**
   * Nodes answer for every address.
   *
   * @param nodes who announces, in the order of the addresses
   * @param ports how each port fares; the same for every address
   */
  record Announced(List<String> addresses, List<String> nodes, List<FrontendReport> ports)
      implements Verdict {
    boolean hasPortErrors() {
      return ports.stream().anyMatch(port -> !port.listening());
    }
  }

  /** Judges by the nodes' reports; one on an older spec counts for nothing. */
  static Verdict of(LoadBalancer program) {
    List<String> addresses = program.getSpec().addresses();
    long generation = program.getMetadata().getGeneration();
    List<NodeReport> current =
        Optional.ofNullable(program.getStatus())
            .map(LoadBalancerStatus::nodes)
            .orElse(List.of())
            .stream()
            .filter(node -> Objects.requireNonNullElse(node.observedGeneration(), 0L) >= generation)
            .toList();
    List<NodeReport> announcers =
        addresses.stream()
            .flatMap(
                address ->
                    current.stream().filter(node -> node.announcing().contains(address)).limit(1))
            .toList();
    if (announcers.size() < addresses.size()) {
      return new Unannounced(addresses);
    }
    return new Announced(
        addresses,
        announcers.stream().map(NodeReport::name).toList(),
        announcers.getFirst().frontends());
  }
}
