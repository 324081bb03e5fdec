/**
 * Checks from outside whether an address that another node announces really answers: ARP or
 * Neighbor Discovery, then a half-open TCP connection that no relay or backend sees.
 */
@NullMarked
package dev.ballast.dataplane.server.reachability;

import org.jspecify.annotations.NullMarked;
