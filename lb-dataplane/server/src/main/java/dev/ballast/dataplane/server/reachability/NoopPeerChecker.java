package dev.ballast.dataplane.server.reachability;

import dev.ballast.dataplane.core.reachability.CheckResult;
import dev.ballast.dataplane.core.reachability.CheckTarget;
import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Checks nothing. */
final class NoopPeerChecker implements PeerChecker {

  @Override
  public void setTargets(
      Map<InetAddress, Optional<CheckTarget>> targets,
      Function<CheckTarget, Optional<CheckResult>> known) {}

  @Override
  public void checkSoon(String node) {}

  @Override
  public void clear() {}

  @Override
  public Map<CheckTarget, CheckResult> results() {
    return Map.of();
  }

  @Override
  public void close() {}
}
