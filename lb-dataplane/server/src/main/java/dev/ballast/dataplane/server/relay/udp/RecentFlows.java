package dev.ballast.dataplane.server.relay.udp;

import org.jspecify.annotations.Nullable;

/** A cache of the flows of one socket, to find the flow of a datagram without an allocation. */
final class RecentFlows {

  /** A power of two. */
  private static final int SIZE = 1024;

  private final @Nullable UdpFlow[] flows = new UdpFlow[SIZE];

  /** Perhaps the flow of a client and a destination with these hash codes. */
  @Nullable UdpFlow find(int client, int destination) {
    return flows[index(client, destination)];
  }

  void put(UdpFlow flow) {
    flows[index(flow)] = flow;
  }

  void remove(UdpFlow flow) {
    int at = index(flow);
    if (flows[at] == flow) {
      flows[at] = null;
    }
  }

  private static int index(UdpFlow flow) {
    return index(flow.client().hashCode(), flow.table().destination().hashCode());
  }

  private static int index(int client, int destination) {
    return (client + 31 * destination) & (SIZE - 1);
  }
}
