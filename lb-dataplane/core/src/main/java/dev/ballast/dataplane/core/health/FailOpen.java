package dev.ballast.dataplane.core.health;

import java.util.List;
import java.util.function.Predicate;

/** What to use when checks leave nothing. */
public final class FailOpen {

  private FailOpen() {}

  /**
   * The healthy candidates; all of them when none is healthy. Checks that fail everywhere say more
   * about this node's checks than about the backends, whose Pods are ready by their kubelets' word;
   * and a connection that may fail beats one that must (AWS's NLB and Envoy's panic mode do so).
   */
  public static <B> List<B> usable(List<B> candidates, Predicate<? super B> healthy) {
    List<B> fit = candidates.stream().filter(healthy).toList();
    return fit.isEmpty() ? List.copyOf(candidates) : fit;
  }
}
