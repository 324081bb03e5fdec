package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.core.reachability.CheckResult;
import dev.ballast.dataplane.core.reachability.CheckTarget;
import dev.ballast.dataplane.server.reachability.PeerChecker;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Remembers the targets, and checks nothing. */
final class FakePeerChecker implements PeerChecker {

  final Map<InetAddress, CheckTarget> targets = new HashMap<>();
  final Map<CheckTarget, CheckResult> known = new HashMap<>();
  final List<String> soon = new ArrayList<>();

  @Override
  public void setTargets(
      Map<InetAddress, Optional<CheckTarget>> changed,
      Function<CheckTarget, Optional<CheckResult>> knownResult) {
    changed.forEach(
        (address, target) ->
            target.ifPresentOrElse(it -> targets.put(address, it), () -> targets.remove(address)));
    targets
        .values()
        .forEach(it -> knownResult.apply(it).ifPresent(result -> known.put(it, result)));
  }

  @Override
  public void checkSoon(String node) {
    soon.add(node);
  }

  @Override
  public void clear() {
    targets.clear();
  }

  @Override
  public Map<CheckTarget, CheckResult> results() {
    return Map.of();
  }

  @Override
  public void close() {}
}
