package dev.ballast.dataplane.server.announce;

import dev.ballast.dataplane.core.address.AnnouncePolicy;
import dev.ballast.dataplane.server.steering.Steering;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

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
   * Neighbor Advertisements. Answers ARP and Neighbor Discovery for them.
   *
   * @param networkInterface to announce on; empty: the interface whose subnet has the address
   * @param probe how long to wait for a machine that uses the address; zero: no probe
   * @param steering refuses what is not for a frontend, for as long as an address is local
   * @throws IOException when rtnetlink fails
   */
  static Announcer kernel(Optional<String> networkInterface, Duration probe, Steering steering)
      throws IOException {
    return ArpNdpAnnouncer.start(networkInterface, probe, steering);
  }

  /**
   * Takes over the addresses of another process of this node, or of one that has ended. They stay
   * local until {@link #releaseAllExcept}, and are announced by {@link #acquire}.
   */
  void activate() throws IOException;

  /**
   * Stops announcing and answering, and forgets all addresses. They stay local, for another process
   * of this node. The steering must not be active any more.
   */
  void deactivate();

  /** Whether other machines on the network see the announcements. */
  default boolean isAnnouncing() {
    return true;
  }

  /**
   * Sets which interfaces may announce an address. An announced address moves to another interface
   * of this node with the next {@link #acquire}, and stays where it is if none is suitable.
   *
   * @param policies may be called by any thread
   */
  void setPolicies(Function<InetAddress, AnnouncePolicy> policies);

  /**
   * Whether this node has an interface for the address: the one that is configured or that the pool
   * names, or one whose subnet has the address. Other nodes should own the address if not.
   */
  boolean isOnLink(InetAddress address);

  /**
   * From where this node can check the address while another node announces it. Empty when no
   * interface of this node has the subnet of the address. Thread-safe.
   */
  Optional<OnLinkSource> onLinkSource(InetAddress address);

  /**
   * Probes in the background whether another machine uses one of these addresses. Forgets the
   * results for all others.
   *
   * @param addresses that no node has announced before, each with the addresses of the nodes that
   *     may answer nevertheless, because they hand it over
   */
  void probe(Map<InetAddress, Set<InetAddress>> addresses);

  /**
   * The nodes of the cluster. A node may use an acquired address that moves for a while.
   *
   * @param nodeNames the node of each node address
   */
  void setNodeAddresses(Map<InetAddress, String> nodeNames);

  /**
   * Registers listeners, called when {@link #acquire} would return another result than before.
   * Neither may block.
   *
   * @param probed a probe has ended; often
   * @param changed a conflict over an address has begun or ended, or an acquired address was lost;
   *     rarely
   */
  void onChange(Runnable probed, Runnable changed);

  /**
   * Acquires an address and announces it, unless this node has it already or another machine uses
   * it.
   *
   * @param anyInterface whether to use the interface of the default route when no interface has the
   *     subnet of the address. An acquired address keeps the value that it was acquired with.
   */
  AcquireResult acquire(InetAddress address, boolean anyInterface);

  /**
   * Stops announcing an address, and answers no neighbor about it: another node has it now. It
   * stays local for its connections, until {@link #releaseAllExcept}. {@link #acquire} announces it
   * again.
   */
  void withdraw(InetAddress address);

  /**
   * Answers no neighbor about these addresses for a moment, since another node announces them next.
   * Thread-safe.
   */
  void silence(Set<InetAddress> addresses);

  /**
   * Releases every address that is not in {@code keep}.
   *
   * @return those that were local until now
   */
  Set<InetAddress> releaseAllExcept(Set<InetAddress> keep);

  /** Announces an acquired address again, as if it had been acquired just now. */
  void announceAgain(InetAddress address);

  /** The addresses that this node announces. Thread-safe. */
  Set<InetAddress> acquired();

  /** The interfaces that can announce addresses, by name. Thread-safe. */
  List<OnLinkInterface> onLinkInterfaces();

  /** How many local routes were restored, because another program had deleted them. Thread-safe. */
  long restoredRoutes();

  /** Stops announcing, since another node takes over. The addresses stay acquired. */
  void stopAnnouncing();

  /** Releases every address. */
  @Override
  void close();
}
