package dev.ballast.dataplane.core.plan;

/**
 * The limits of one Service on this node. A UDP flow counts as a connection. {@link #UNLIMITED}
 * stands for no limit: then only the budget of the node limits the Service.
 *
 * @param connections open connections of all clients
 * @param newConnectionsPerSecond new connections of all clients; one second's worth may come at
 *     once
 * @param connectionsPerClient open connections of one client address
 * @param connectionsPerBackend open connections to one endpoint of one port
 */
public record ConnectionLimits(
    int connections,
    int newConnectionsPerSecond,
    int connectionsPerClient,
    int connectionsPerBackend) {

  public static final int UNLIMITED = Integer.MAX_VALUE;

  public static final ConnectionLimits NONE =
      new ConnectionLimits(UNLIMITED, UNLIMITED, UNLIMITED, UNLIMITED);
}
