package dev.ballast.dataplane.core.health;

import java.util.List;
import java.util.function.Predicate;

/** Fail open: when no candidate is healthy, all candidates are used. */
public final class FailOpen {

  private FailOpen() {}

  /**
   * Returns the healthy candidates, or all candidates when none is healthy. If the checks of all
   * backends fail, the cause is more likely this node's checks than the backends, because their
   * kubelets report the Pods as ready. And a connection that may fail is better than one that must
   * (AWS's NLB and Envoy's panic mode do the same).
   */
  public static <B> List<B> usable(List<B> candidates, Predicate<? super B> healthy) {
    List<B> fit = candidates.stream().filter(healthy).toList();
    return fit.isEmpty() ? List.copyOf(candidates) : fit;
  }
}
