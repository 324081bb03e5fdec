/** The kernel moves the bytes of established pairs of sockets by itself; see ADR 11. */
@NullMarked
package dev.ballast.dataplane.server.sockmap;

import org.jspecify.annotations.NullMarked;
