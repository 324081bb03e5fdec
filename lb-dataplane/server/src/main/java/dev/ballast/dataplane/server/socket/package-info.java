/**
 * Linux sockets that the JDK does not have: packet(7) for Ethernet frames and netlink(7). The only
 * package here that calls native code.
 */
@NullMarked
package dev.ballast.dataplane.server.socket;

import org.jspecify.annotations.NullMarked;
