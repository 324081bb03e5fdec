package dev.ballast.dataplane.server.handover;

import dev.ballast.dataplane.core.plan.FiveTuple;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;

/**
 * Flows of an address that has moved, which their former owner goes on to serve.
 *
 * @param formerOwner the name of that node, which need not be the one that sends this: an address
 *     may move several times
 * @param remaining how long the former owner serves them at most
 * @param flows all of them have this address
 */
public record HandedOverFlows(
    InetAddress address, String formerOwner, Duration remaining, List<FiveTuple> flows) {

  public HandedOverFlows {
    flows = List.copyOf(flows);
  }
}
