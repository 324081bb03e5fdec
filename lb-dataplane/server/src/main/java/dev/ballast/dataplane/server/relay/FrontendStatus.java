package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.plan.Protocol;

/** One port of a running server; it counts as listening when it listens at every address. */
public record FrontendStatus(int port, Protocol protocol, ListenerState state) {}
