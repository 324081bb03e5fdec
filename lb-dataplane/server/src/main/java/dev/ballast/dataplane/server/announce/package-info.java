/**
 * Announces addresses on the LAN: local routes, gratuitous ARP, Neighbor Advertisements, and the
 * detection of address conflicts.
 */
@NullMarked
package dev.ballast.dataplane.server.announce;

import org.jspecify.annotations.NullMarked;
