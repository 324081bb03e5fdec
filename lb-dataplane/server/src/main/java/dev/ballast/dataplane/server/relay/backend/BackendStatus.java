package dev.ballast.dataplane.server.relay.backend;

import dev.ballast.dataplane.core.endpoint.Endpoint;

/**
 * One backend as it stands.
 *
 * @param message why it is not healthy, for a person; empty when it is
 */
public record BackendStatus(Endpoint endpoint, BackendState state, String message) {}
