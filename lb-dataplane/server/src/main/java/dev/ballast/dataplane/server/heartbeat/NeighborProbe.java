package dev.ballast.dataplane.server.heartbeat;

import java.net.InetAddress;
import java.util.function.Consumer;

/** Asks machines on the link whether they are there, by ARP or Neighbor Discovery. */
public interface NeighborProbe {

  /**
   * Asks the default gateway, and does not block.
   *
   * @param answer called at most once, on any thread; not called if this node has no gateway
   */
  void askGateway(Consumer<Boolean> answer);

  /**
   * Asks another node, and does not block.
   *
   * @param answer called at most once, on any thread; not called if the node is behind a router
   */
  void ask(InetAddress address, Consumer<Boolean> answer);
}
