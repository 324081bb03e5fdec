/** Listens, and carries connections to backends, on Vert.x's event loops. */
@NullMarked
package dev.ballast.dataplane.server.relay;

import org.jspecify.annotations.NullMarked;
