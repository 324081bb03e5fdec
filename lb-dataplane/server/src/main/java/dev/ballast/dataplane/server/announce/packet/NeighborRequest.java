package dev.ballast.dataplane.server.announce.packet;

import java.net.InetAddress;

/** A neighbor asks which MAC address has an IP address. */
public sealed interface NeighborRequest permits ArpRequest, NeighborSolicitation {

  /** The address that is asked for. */
  InetAddress target();

  /**
   * Whether all neighbors were asked. A neighbor that verifies the entry that it has asks by
   * unicast instead.
   */
  boolean isMulticast();

  /** The frame that answers it. */
  byte[] answer(byte[] mac);
}
