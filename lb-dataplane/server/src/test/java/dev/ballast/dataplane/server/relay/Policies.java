package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.plan.Policy;
import dev.ballast.dataplane.core.plan.Policy.Balancing;
import dev.ballast.dataplane.core.plan.Policy.Check;
import java.time.Duration;
import java.util.Optional;

/** {@link Rig#POLICY} with one thing changed. */
final class Policies {

  private static final Policy BASE = Rig.POLICY;

  private Policies() {}

  static Policy idle(Duration timeout) {
    return new Policy(
        BASE.balancing(), BASE.affinity(), BASE.check(), BASE.connectTimeout(), timeout);
  }

  static Policy connectTimeout(Duration timeout) {
    return new Policy(BASE.balancing(), BASE.affinity(), BASE.check(), timeout, BASE.idleTimeout());
  }

  static Policy leastConnections() {
    return new Policy(
        Balancing.LEAST_CONNECTIONS,
        BASE.affinity(),
        BASE.check(),
        BASE.connectTimeout(),
        BASE.idleTimeout());
  }

  static Policy clientIp() {
    return new Policy(
        BASE.balancing(),
        Optional.of(Duration.ofHours(3)),
        BASE.check(),
        BASE.connectTimeout(),
        BASE.idleTimeout());
  }

  static Policy check(Check check) {
    return new Policy(
        BASE.balancing(), BASE.affinity(), check, BASE.connectTimeout(), BASE.idleTimeout());
  }
}
