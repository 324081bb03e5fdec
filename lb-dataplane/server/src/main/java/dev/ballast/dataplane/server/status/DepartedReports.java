package dev.ballast.dataplane.server.status;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The reports of former members in one LoadBalancer. The first removal has no delay. A report that
 * comes back has a writer that lives, although this node does not hear it. So each further removal
 * waits twice as long as the one before, until the node is a member again. Times are nanoseconds of
 * one clock.
 */
final class DepartedReports {

  static final Duration MIN_WAIT = Duration.ofMinutes(1);
  static final Duration MAX_WAIT = Duration.ofHours(1);

  /** How often the report of a node was removed, and when that happened last. */
  private record ReportRemoval(int count, long at) {

    long dueAt() {
      long wait = MIN_WAIT.toNanos() << Math.min(count - 1, 10);
      return at + Math.min(wait, MAX_WAIT.toNanos());
    }
  }

  private final Map<String, ReportRemoval> removals = new HashMap<>();
  private Set<String> nodes = Set.of();

  /** Former members whose reports the status has. */
  void observe(Set<String> departed) {
    nodes = departed;
  }

  /** Nodes that are members: if they leave, that is another departure. */
  void retainDeparted(Collection<String> members) {
    removals.keySet().removeAll(members);
  }

  /** The nodes whose reports can be removed now. */
  Set<String> due(long now) {
    return nodes.stream().filter(isDue(now)).collect(Collectors.toUnmodifiableSet());
  }

  private Predicate<String> isDue(long now) {
    return node -> delay(node, now) <= 0;
  }

  /** The time to the next removal, at most 0 if one is due; {@link Long#MAX_VALUE} for none. */
  long delay(long now) {
    return nodes.stream().mapToLong(node -> delay(node, now)).min().orElse(Long.MAX_VALUE);
  }

  private long delay(String node, long now) {
    ReportRemoval last = removals.get(node);
    return last == null ? 0 : last.dueAt() - now;
  }

  void removed(String node, long now) {
    nodes =
        nodes.stream().filter(other -> !other.equals(node)).collect(Collectors.toUnmodifiableSet());
    removals.merge(
        node,
        new ReportRemoval(1, now),
        (last, next) -> new ReportRemoval(last.count() + 1, next.at()));
  }
}
