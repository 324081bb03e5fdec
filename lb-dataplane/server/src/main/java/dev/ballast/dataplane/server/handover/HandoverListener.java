package dev.ballast.dataplane.server.handover;

import java.net.InetAddress;
import java.util.Set;

/** What other nodes tell about addresses that move. It must not block. */
public interface HandoverListener {

  /** Another node announces these addresses next, and this one has to be silent about them now. */
  void requested(Set<InetAddress> addresses);

  /** A part of the flows of an address that this node has taken. */
  void received(HandedOverFlows flows);

  /**
   * All flows of an address that this node has taken are received.
   *
   * @param node the one that had the address before
   */
  void complete(String node, InetAddress address);

  /** A former owner has released these addresses, and has no flow of them. */
  void released(String node, Set<InetAddress> addresses);

  /** The process of a node has ended for certain, and its connections with it. */
  void ended(String node);
}
