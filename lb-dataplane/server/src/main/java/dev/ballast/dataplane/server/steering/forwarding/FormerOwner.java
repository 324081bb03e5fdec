package dev.ballast.dataplane.server.steering.forwarding;

import java.net.InetAddress;

/**
 * A node that has connections of an address that has moved.
 *
 * @param address of that node, of the IP version of the address that has moved
 * @param interfaceIndex of this node's interface, which is on a link with that node
 */
public record FormerOwner(InetAddress address, int interfaceIndex) {}
