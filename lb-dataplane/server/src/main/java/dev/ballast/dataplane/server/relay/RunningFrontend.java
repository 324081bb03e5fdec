package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.plan.Protocol;

/** One port of a running server; it counts as listening when it listens at every address. */
public record RunningFrontend(int port, Protocol protocol, ListenState state) {}
