package dev.ballast.dataplane.server.firewall;

/** A chain that may drop packets to frontends. */
public record FirewallFinding(FirewallChain chain, FirewallVerdict verdict) {}
