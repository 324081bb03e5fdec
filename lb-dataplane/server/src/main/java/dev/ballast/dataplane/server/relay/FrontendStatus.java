package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.plan.Protocol;

/**
 * The status of one port of a virtual server: listening when it listens at every address.
 *
 * @param hasBackend whether an endpoint may get a connection; without, the port refuses connections
 */
public record FrontendStatus(
    int port, Protocol protocol, ListenerState state, boolean hasBackend) {}
