package dev.ballast.dataplane.server.announce;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * Makes this node the one that answers for an address. One thread at a time may call it; calls take
 * a few system calls and no waiting.
 */
public sealed interface Announcer extends AutoCloseable permits ArpNdpAnnouncer, NoopAnnouncer {

  /** Takes nothing and says nothing: for addresses that are local as it is, such as 127.0.0.0/8. */
  static Announcer silent() {
    return new NoopAnnouncer();
  }

  /**
   * Takes addresses by local routes and announces them by gratuitous ARP; removes at once what a
   * predecessor may have left.
   *
   * @param networkInterface to announce on; empty: the one whose subnet has the address, or else
   *     the default route's
   * @param probe how long other machines have to say that they have an address; zero: they are not
   *     asked
   * @throws IOException when the kernel does not speak rtnetlink, or lets nothing be removed
   */
  static Announcer kernel(Optional<String> networkInterface, Duration probe) throws IOException {
    return ArpNdpAnnouncer.start(networkInterface, probe);
  }

  /** Whether peers are told; a silent announcer serves a machine of its own. */
  boolean speaks();

  /**
   * Asks the LAN, in the background, whether another machine has one of these, which no node has
   * had; forgets the answers on all others.
   */
  void probe(Set<InetAddress> unused);

  /** The addresses of the cluster's nodes, which may have what this node has for a while. */
  void nodes(Set<InetAddress> addresses);

  /**
   * To be told when {@link #take} would answer otherwise than it did; neither may block.
   *
   * @param answered of an address that was asked for: often
   * @param contested of one that is held, or was found in use: rarely
   */
  void onNews(Runnable answered, Runnable contested);

  /** Takes an address, unless it is held already or found in use, and tells the LAN. */
  AcquireResult take(InetAddress address);

  /** Lets go of every address that is not in {@code keep}. */
  void keepOnly(Set<InetAddress> keep);

  /** Tells the LAN of an address that is held, as if it had been taken just now. */
  void announceAgain(InetAddress address);

  /** Tells the LAN nothing from now on, since another node takes over; addresses stay. */
  void hush();

  /** Lets go of every address. */
  @Override
  void close();
}
