package dev.ballast.dataplane.server.announce.route;

import java.net.InetAddress;
import java.util.Optional;

/**
 * A route that makes an address local.
 *
 * @param source the address that processes of this node use to talk to {@code address}, unless they
 *     bind to another; empty: {@code address} itself
 */
public record LocalRoute(InetAddress address, Optional<InetAddress> source) {}
