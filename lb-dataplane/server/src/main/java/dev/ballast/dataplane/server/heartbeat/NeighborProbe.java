package dev.ballast.dataplane.server.heartbeat;

import java.net.InetAddress;
import java.util.function.Consumer;

/** Asks machines on the link whether they are there, by ARP or Neighbor Discovery. */
public interface NeighborProbe {

  /**
   * Asks the default gateway, and does not block.
   *
   * @param answer called once, on any thread; false also if the link of this node has no carrier
   * @return false if this node has no gateway that it could ask; then there is no answer
   */
  boolean askGateway(Consumer<Boolean> answer);

  /**
   * Asks another node, and does not block.
   *
   * @param answer called once, on any thread
   * @return false if the node is behind a router; then there is no answer
   */
  boolean ask(InetAddress address, Consumer<Boolean> answer);
}
