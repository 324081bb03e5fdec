package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.endpoint.Endpoint;

/**
 * One backend as it stands.
 *
 * @param message why it is not healthy, for a person; empty when it is
 */
public record RunningBackend(Endpoint endpoint, BackendState state, String message) {}
