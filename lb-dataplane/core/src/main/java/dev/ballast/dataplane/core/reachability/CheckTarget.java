package dev.ballast.dataplane.core.reachability;

import java.net.InetAddress;
import java.util.OptionalInt;

/**
 * An address that this node checks from outside.
 *
 * @param node the node that announces the address
 * @param port a TCP port at which every client may connect; empty if there is none, so that only
 *     ARP or Neighbor Discovery is checked
 */
public record CheckTarget(InetAddress address, String node, OptionalInt port) {}
