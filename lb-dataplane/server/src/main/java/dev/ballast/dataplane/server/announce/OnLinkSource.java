package dev.ballast.dataplane.server.announce;

import java.net.InetAddress;

/**
 * From where this node talks to the machines of one LAN.
 *
 * @param mac of the interface, as {@code 52:54:00:12:34:56}
 * @param address of this node itself, which no other node ever takes over
 */
public record OnLinkSource(int interfaceIndex, String mac, InetAddress address) {}
