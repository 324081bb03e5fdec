/** The L4 relay: listeners, and the sessions that relay connections to backends on event loops. */
@NullMarked
package dev.ballast.dataplane.server.relay;

import org.jspecify.annotations.NullMarked;
