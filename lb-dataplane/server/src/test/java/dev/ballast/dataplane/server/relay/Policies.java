package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.plan.Policy;
import dev.ballast.dataplane.core.plan.Policy.Balancing;
import dev.ballast.dataplane.core.plan.Policy.Check;
import dev.ballast.dataplane.core.plan.Policy.Flows;
import dev.ballast.dataplane.core.source.Cidr;
import dev.ballast.dataplane.core.source.SourceRanges;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/** {@link Rig#POLICY} with one thing changed. */
final class Policies {

  private static final Policy BASE = Rig.POLICY;

  private Policies() {}

  static Policy idle(Duration timeout) {
    return new Policy(
        BASE.balancing(),
        BASE.affinity(),
        BASE.check(),
        BASE.connectTimeout(),
        timeout,
        BASE.flows(),
        BASE.sources());
  }

  static Policy connectTimeout(Duration timeout) {
    return new Policy(
        BASE.balancing(),
        BASE.affinity(),
        BASE.check(),
        timeout,
        BASE.idleTimeout(),
        BASE.flows(),
        BASE.sources());
  }

  static Policy leastConnections() {
    return new Policy(
        Balancing.LEAST_CONNECTIONS,
        BASE.affinity(),
        BASE.check(),
        BASE.connectTimeout(),
        BASE.idleTimeout(),
        BASE.flows(),
        BASE.sources());
  }

  static Policy clientIp() {
    return clientIp(Duration.ofHours(3));
  }

  static Policy clientIp(Duration timeout) {
    return new Policy(
        BASE.balancing(),
        Optional.of(timeout),
        BASE.check(),
        BASE.connectTimeout(),
        BASE.idleTimeout(),
        BASE.flows(),
        BASE.sources());
  }

  static Policy check(Check check) {
    return new Policy(
        BASE.balancing(),
        BASE.affinity(),
        check,
        BASE.connectTimeout(),
        BASE.idleTimeout(),
        BASE.flows(),
        BASE.sources());
  }

  static Policy flows(Duration idle, int most) {
    return new Policy(
        BASE.balancing(),
        BASE.affinity(),
        BASE.check(),
        BASE.connectTimeout(),
        BASE.idleTimeout(),
        new Flows(idle, most),
        BASE.sources());
  }

  static Policy sources(String... cidrs) {
    return new Policy(
        BASE.balancing(),
        BASE.affinity(),
        BASE.check(),
        BASE.connectTimeout(),
        BASE.idleTimeout(),
        BASE.flows(),
        SourceRanges.only(Stream.of(cidrs).map(cidr -> Cidr.parse(cidr).orElseThrow()).toList()));
  }
}
