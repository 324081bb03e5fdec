package dev.ballast.dataplane.server.announce;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Layer 2 announcer: makes this node the one that answers ARP and Neighbor Discovery for an
 * address. One thread at a time may call it. A call makes a few system calls and does not wait.
 */
public interface Announcer extends AutoCloseable {

  /** Announces nothing: for addresses that are local already, such as 127.0.0.0/8. */
  static Announcer noop() {
    return new NoopAnnouncer();
  }

  /**
   * Acquires addresses by local routes, and announces them by gratuitous ARP and unsolicited
   * Neighbor Advertisements. Removes the routes that an earlier process left.
   *
   * @param networkInterface to announce on; empty: the interface whose subnet has the address, or
   *     else the one of the default route
   * @param probe how long to wait for a machine that uses the address; zero: no probe
   * @throws IOException when rtnetlink fails, or a stale route cannot be removed
   */
  static Announcer kernel(Optional<String> networkInterface, Duration probe) throws IOException {
    return ArpNdpAnnouncer.start(networkInterface, probe);
  }

  /** Whether other machines on the network see the announcements. */
  boolean isAnnouncing();

  /**
   * Probes in the background whether another machine uses one of these addresses. Forgets the
   * results for all others.
   *
   * @param addresses that no node has announced before, each with the addresses of the nodes that
   *     may answer for it
   */
  void probe(Map<InetAddress, Set<InetAddress>> addresses);

  /**
   * The addresses of the cluster's nodes. A node may use an address that moves for a while.
   *
   * @param nodeNames the name of the node that has each address
   */
  void setNodeAddresses(Map<InetAddress, String> nodeNames);

  /**
   * Whether an interface of this node is in the subnet of the address, or one is configured for
   * every address. Asked for each address of a reconciliation.
   */
  boolean isOnLink(InetAddress address);

  /**
   * Registers listeners, called when {@link #acquire} would return another result than before.
   * Neither may block.
   *
   * @param probed a probe has ended; often
   * @param conflict a conflict over an address has begun or ended; rarely
   */
  void onChange(Runnable probed, Runnable conflict);

  /**
   * Acquires an address and announces it, unless this node has it already or another machine uses
   * it.
   *
   * @param anyInterface whether the interface of the default route is used if no interface is in
   *     the subnet of the address. Otherwise the result is {@link
   *     AcquireResult.RejectionReason#NOT_ON_LINK} then
   */
  AcquireResult acquire(InetAddress address, boolean anyInterface);

  /** Releases every address that is not in {@code keep}. */
  void releaseAllExcept(Set<InetAddress> keep);

  /** Announces an acquired address again, as if it had been acquired just now. */
  void announceAgain(InetAddress address);

  /** Stops announcing, since another node takes over. The addresses stay acquired. */
  void stopAnnouncing();

  /** Releases every address. */
  @Override
  void close();
}
