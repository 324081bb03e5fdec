package dev.ballast.dataplane.server.heartbeat;

import java.net.InetAddress;

/**
 * How a node takes part in the heartbeats.
 *
 * @param address of this node, to which others send
 * @param port UDP, the same on each node
 */
public record HeartbeatSettings(String node, InetAddress address, int port) {}
