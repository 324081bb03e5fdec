package dev.ballast.dataplane.server.steering.forwarding;

import dev.ballast.dataplane.core.plan.FiveTuple;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;

/**
 * On the new owner of an address: passes the packets of flows on to the node that had the address
 * before. The former owner answers the clients directly. It keeps the address and the frontends for
 * that time. Does nothing while this process is not active. Thread-safe. A call blocks for a round
 * trip to the kernel.
 */
public interface FlowForwarder {

  /**
   * Before this node announces addresses that another one has: passes on what belongs to no
   * connection of this node, which are segments of TCP connections, and all datagrams. It ends with
   * the time-out, and for datagrams with {@link #flowsComplete}.
   *
   * @throws IOException when the kernel cannot pass packets on
   */
  default void awaitFlows(
      FormerOwner formerOwner, Collection<InetAddress> addresses, Duration timeout)
      throws IOException {}

  /**
   * Passes the packets of flows on, until the time-out. A new connection from the port of such a
   * flow ends that.
   *
   * @param flows what the former owner has; those of another IP version than its address are left
   *     out
   * @return how many flows are passed on; packets of the others are handled as if unknown, which
   *     resets connections
   * @throws IOException when the kernel cannot pass packets on; then none are
   */
  default int forward(FormerOwner formerOwner, Collection<FiveTuple> flows, Duration timeout)
      throws IOException {
    return 0;
  }

  /** All flows of the address at its former owner are known. */
  default void flowsComplete(FormerOwner formerOwner, InetAddress address) throws IOException {}

  /**
   * The former owner has released the addresses, and has no flow of them.
   *
   * @param formerOwner its address, as in {@link FormerOwner}
   */
  default void stopForwarding(InetAddress formerOwner, Set<InetAddress> addresses)
      throws IOException {}
}
