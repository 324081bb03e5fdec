/** The Ethernet frames of ARP and of IPv6 Neighbor Discovery: built, parsed, and nothing else. */
@NullMarked
package dev.ballast.dataplane.server.announce.packet;

import org.jspecify.annotations.NullMarked;
