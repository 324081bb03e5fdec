package dev.ballast.dataplane.core.failure;

import java.util.Set;

/**
 * What a node that hears nobody has found out by asking its neighbors on the link, which firewalls
 * do not prevent.
 *
 * @param gateway whether the default gateway answers, so that the own network works
 * @param silent the suspected nodes that do not answer
 */
public record NeighborAnswers(boolean gateway, Set<String> silent) {

  /** Nobody was asked. */
  public static final NeighborAnswers NONE = new NeighborAnswers(false, Set.of());

  public NeighborAnswers {
    silent = Set.copyOf(silent);
  }
}
