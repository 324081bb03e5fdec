/** The backends of a frontend: their state, health, connection counts and client affinity. */
@NullMarked
package dev.ballast.dataplane.server.relay.backend;

import org.jspecify.annotations.NullMarked;
