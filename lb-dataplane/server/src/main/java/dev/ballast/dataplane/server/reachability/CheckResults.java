package dev.ballast.dataplane.server.reachability;

import dev.ballast.dataplane.core.reachability.CheckResult;

/** What the packets of a probe mean. */
final class CheckResults {

  static CheckResult of(ReachabilityResult result) {
    return switch (result) {
      case ReachabilityResult.Reachable _ -> new CheckResult.Reached();
      case ReachabilityResult.NoNeighborAnswer _ ->
          unreachable(CheckResult.Cause.NO_NEIGHBOR_ANSWER);
      case ReachabilityResult.NoConnectionAnswer _ ->
          unreachable(CheckResult.Cause.NO_CONNECTION_ANSWER);
      case ReachabilityResult.ConnectionRefused _ ->
          unreachable(CheckResult.Cause.CONNECTION_REFUSED);
      case ReachabilityResult.Prohibited _ -> unreachable(CheckResult.Cause.PROHIBITED);
      case ReachabilityResult.NotChecked _ -> new CheckResult.CheckSkipped();
    };
  }

  private static CheckResult unreachable(CheckResult.Cause cause) {
    return new CheckResult.NotReached(cause);
  }

  private CheckResults() {}
}
