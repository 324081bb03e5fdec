package dev.ballast.dataplane.server.steering;

import dev.ballast.dataplane.server.steering.forwarding.FlowForwarder;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;

/**
 * Decides what happens to the packets for the addresses of this node: those for a frontend reach
 * this process, and all others are refused. So no daemon and no NAT rule of the node gets them. See
 * docs/contributing/adr/0017.
 *
 * <p>Thread-safe. A call blocks for a round trip to the kernel, so it is not for an event loop.
 */
public interface Steering extends FlowForwarder, AutoCloseable {

  /** For addresses that are local already, such as 127.0.0.0/8: changes nothing on the node. */
  static Steering none() {
    return new NoopSteering();
  }

  /** By nftables in the network namespace of the thread that calls {@link #start}. */
  static Steering nftables(SteeringSetting setting) {
    return nftables(setting, new SelfFencing(SelfFencing.DEFAULT_PEER_PORT));
  }

  /** The same, with heartbeats at a port of its own. */
  static Steering nftables(SteeringSetting setting, SelfFencing fencing) {
    return new NftablesSteering(setting, fencing);
  }

  /**
   * Decides about the mode. Changes nothing on the node: until {@link #activate}, the calls of this
   * interface are only remembered, and another process may have the tables.
   *
   * @param listeners where to steer packets
   * @return the mode of this node from now on, and for {@link #mode()}
   */
  SteeringMode start(PrivateListeners listeners);

  /**
   * Replaces the tables of any other process by those of this one, in one transaction: new
   * connections go to this process from now on. Connections of the other one continue.
   */
  void activate() throws IOException;

  /** Leaves the tables as they are, for another process that replaces them. */
  void deactivate();

  /** The mode of this node; {@link SteeringMode#BIND_UNFILTERED} before {@link #start}. */
  SteeringMode mode();

  /**
   * Refuses all packets for an address, except those for its frontends. To be called before the
   * address becomes local. Does nothing for an address that was added before.
   */
  void addAddress(InetAddress address) throws IOException;

  /** Undoes {@link #addAddress}. Does nothing for another address. */
  void removeAddress(InetAddress address) throws IOException;

  /** Changes frontends in one transaction. */
  void apply(FrontendChanges changes) throws IOException;

  /**
   * Sets the sender address of the kernel's own ARP requests on an interface. Otherwise they may
   * have an address of a frontend, and neighbors learn it with the MAC address of this node.
   *
   * @param address of this node on that interface
   */
  default void setArpSource(int interfaceIndex, Inet4Address address) throws IOException {}

  /** Whether this node has to be silent. The sender of heartbeats refreshes it. */
  SelfFencing fencing();

  /**
   * Arms or disarms self-fencing, in one transaction. To be armed after the first heartbeat, and
   * where another node can take over. While it is armed and heartbeats are missing, the kernel
   * drops new TCP connections, datagrams and echo requests for all addresses. Established TCP
   * connections go on.
   */
  void setFencing(boolean armed) throws IOException;

  /** How often another program changed the tables, which are restored within a second. */
  default long repairs() {
    return 0;
  }

  /** To be called when interfaces have come or gone. */
  default void interfacesChanged() {}

  /** Removes the tables, if they are of this process. */
  @Override
  void close();
}
