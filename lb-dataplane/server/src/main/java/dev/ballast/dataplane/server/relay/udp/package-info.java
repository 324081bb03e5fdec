/** The UDP engine: a flow for each client address and port. */
@NullMarked
package dev.ballast.dataplane.server.relay.udp;

import org.jspecify.annotations.NullMarked;
