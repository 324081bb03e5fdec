/** Answers for addresses on the LAN: local routes, and gratuitous ARP. */
@NullMarked
package dev.ballast.dataplane.server.announce;

import org.jspecify.annotations.NullMarked;
