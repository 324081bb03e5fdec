/** Passes packets of connections that an earlier owner of an address has on to that owner. */
@NullMarked
package dev.ballast.dataplane.server.steering.forwarding;

import org.jspecify.annotations.NullMarked;
