package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.plan.ConnectionLimits;
import dev.ballast.dataplane.core.plan.ConnectionPolicy;
import dev.ballast.dataplane.core.plan.ConnectionPolicy.HealthCheckPolicy;
import dev.ballast.dataplane.core.plan.ConnectionPolicy.PickerType;
import dev.ballast.dataplane.core.source.Cidr;
import dev.ballast.dataplane.core.source.SourceRanges;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/** {@link RelayFixture#POLICY} with one change. */
final class TestPolicies {

  private static final ConnectionPolicy BASE = RelayFixture.POLICY;

  private TestPolicies() {}

  static ConnectionPolicy idle(Duration timeout) {
    return new ConnectionPolicy(
        BASE.balancing(),
        BASE.affinity(),
        BASE.healthCheck(),
        BASE.connectTimeout(),
        timeout,
        BASE.udpIdleTimeout(),
        BASE.limits(),
        BASE.sourceRanges());
  }

  static ConnectionPolicy connectTimeout(Duration timeout) {
    return new ConnectionPolicy(
        BASE.balancing(),
        BASE.affinity(),
        BASE.healthCheck(),
        timeout,
        BASE.idleTimeout(),
        BASE.udpIdleTimeout(),
        BASE.limits(),
        BASE.sourceRanges());
  }

  static ConnectionPolicy leastConnections() {
    return new ConnectionPolicy(
        PickerType.LEAST_CONNECTIONS,
        BASE.affinity(),
        BASE.healthCheck(),
        BASE.connectTimeout(),
        BASE.idleTimeout(),
        BASE.udpIdleTimeout(),
        BASE.limits(),
        BASE.sourceRanges());
  }

  static ConnectionPolicy clientIp() {
    return clientIp(Duration.ofHours(3));
  }

  static ConnectionPolicy clientIp(Duration timeout) {
    return new ConnectionPolicy(
        BASE.balancing(),
        Optional.of(timeout),
        BASE.healthCheck(),
        BASE.connectTimeout(),
        BASE.idleTimeout(),
        BASE.udpIdleTimeout(),
        BASE.limits(),
        BASE.sourceRanges());
  }

  static ConnectionPolicy check(HealthCheckPolicy check) {
    return new ConnectionPolicy(
        BASE.balancing(),
        BASE.affinity(),
        check,
        BASE.connectTimeout(),
        BASE.idleTimeout(),
        BASE.udpIdleTimeout(),
        BASE.limits(),
        BASE.sourceRanges());
  }

  static ConnectionPolicy udpIdle(Duration timeout) {
    return new ConnectionPolicy(
        BASE.balancing(),
        BASE.affinity(),
        BASE.healthCheck(),
        BASE.connectTimeout(),
        BASE.idleTimeout(),
        timeout,
        BASE.limits(),
        BASE.sourceRanges());
  }

  static ConnectionPolicy limits(ConnectionLimits limits) {
    return new ConnectionPolicy(
        BASE.balancing(),
        BASE.affinity(),
        BASE.healthCheck(),
        BASE.connectTimeout(),
        BASE.idleTimeout(),
        BASE.udpIdleTimeout(),
        limits,
        BASE.sourceRanges());
  }

  static ConnectionPolicy sources(String... cidrs) {
    return new ConnectionPolicy(
        BASE.balancing(),
        BASE.affinity(),
        BASE.healthCheck(),
        BASE.connectTimeout(),
        BASE.idleTimeout(),
        BASE.udpIdleTimeout(),
        BASE.limits(),
        SourceRanges.only(Stream.of(cidrs).map(cidr -> Cidr.parse(cidr).orElseThrow()).toList()));
  }
}
