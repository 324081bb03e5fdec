package dev.ballast.dataplane.server.kube;

import dev.ballast.dataplane.core.plan.ServiceId;
import io.netty.util.NetUtil;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Services that moved to another node. The report of this one stands until the other's is there, so
 * that no moment says that nobody serves the Service, which would have its address withdrawn; but
 * for a few seconds only, since it is no longer true.
 */
final class Handovers {

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Map<ServiceId, Long> since = new HashMap<>();

  /** Whether a report of {@code self} on a Service that is no longer its own has to stand yet. */
  boolean awaits(Program program, Members members, String self, long nanoTime) {
    if (!isMove(program, members, self)) {
      since.remove(program.id());
      return false;
    }
    long start = since.computeIfAbsent(program.id(), id -> nanoTime);
    return nanoTime - start < PATIENCE.toNanos();
  }

  void forgetAllBut(Set<ServiceId> existing) {
    since.keySet().retainAll(existing);
  }

  private static boolean isMove(Program program, Members members, String self) {
    List<String> wanted = program.addresses().stream().map(NetUtil::toAddressString).toList();
    return !program.released()
        && program.reporters().equals(Set.of(self))
        && program.own().filter(own -> wanted.containsAll(own.announcing())).isPresent()
        && members.nodes().stream().anyMatch(node -> !node.equals(self));
  }
}
