package dev.ballast.dataplane.core.plan;

import java.net.InetAddress;

/** A TCP connection or UDP flow of a client at a frontend, by what its packets have. */
public record FiveTuple(InetAddress client, int clientPort, Binding frontend) {}
