package dev.ballast.dataplane.server.reachability;

import dev.ballast.dataplane.server.announce.OnLinkSource;
import java.net.InetAddress;
import java.util.OptionalInt;

/**
 * What a check asks.
 *
 * @param port TCP port that has a listener; empty: only the neighbor answer is checked
 * @param source of the same address family
 */
record ProbeTarget(InetAddress address, OptionalInt port, OnLinkSource source) {

  ProbeTarget {
    if (!address.getClass().equals(source.address().getClass())) {
      throw new IllegalArgumentException("%s from %s".formatted(address, source));
    }
  }
}
