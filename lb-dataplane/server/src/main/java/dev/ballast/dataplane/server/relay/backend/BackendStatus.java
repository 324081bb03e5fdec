package dev.ballast.dataplane.server.relay.backend;

import dev.ballast.dataplane.core.endpoint.Endpoint;

/**
 * The status of one backend, for reports and metrics.
 *
 * @param message why it is not healthy, for users; empty when it is healthy
 */
public record BackendStatus(Endpoint endpoint, BackendHealthStatus state, String message) {}
