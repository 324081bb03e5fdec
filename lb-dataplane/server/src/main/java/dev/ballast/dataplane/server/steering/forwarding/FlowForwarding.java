package dev.ballast.dataplane.server.steering.forwarding;

import dev.ballast.dataplane.core.plan.FiveTuple;
import dev.ballast.dataplane.server.nftables.NftablesBatch;
import dev.ballast.dataplane.server.nftables.NftablesBatch.Element;
import dev.ballast.dataplane.server.nftables.NftablesDump;
import dev.ballast.dataplane.server.nftables.NftablesSet;
import dev.ballast.dataplane.server.nftables.NftablesSocket;
import dev.ballast.dataplane.server.socket.ErrnoException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The tables for all former owners. The packets of the flows that they have handed over go to them,
 * before any NAT rule and before the steering. Not thread-safe.
 */
public final class FlowForwarding {

  private static final int FLOWS_A_TRANSACTION = 1000;

  private final Set<ForwardingTable> tables = new HashSet<>();

  /** Whether {@link #tables} has those that an earlier process of this node has made. */
  private boolean adopted;

  /**
   * Passes on to the former owner what belongs to no connection of this node, until the time-out:
   * segments of connections, and all datagrams, until {@link #forward} knows the flows.
   *
   * @throws IOException also when the kernel cannot duplicate packets
   */
  public void await(
      NftablesSocket socket,
      FormerOwner formerOwner,
      Collection<InetAddress> addresses,
      Duration timeout)
      throws IOException {
    var table = new ForwardingTable(formerOwner);
    List<InetAddress> possible = addresses.stream().filter(table::canHave).toList();
    if (!possible.isEmpty()) {
      create(socket, table);
      socket.commit(table.await(possible, timeout));
    }
  }

  private void create(NftablesSocket socket, ForwardingTable table) throws IOException {
    // A process of this node that ran before may have made it, and its flows go on.
    if (socket.userData(table.table()).isEmpty()) {
      socket.commit(table.create());
    }
    tables.add(table);
  }

  /**
   * Passes packets of flows on to their former owner, until a time-out or a new connection from the
   * same client port.
   *
   * @return how many flows; fewer than all when the former owner has too many. The packets of the
   *     others are handled as those of unknown connections.
   * @throws IOException also when the kernel cannot duplicate packets
   */
  public int forward(
      NftablesSocket socket, FormerOwner formerOwner, Collection<FiveTuple> flows, Duration timeout)
      throws IOException {
    var table = new ForwardingTable(formerOwner);
    List<FiveTuple> possible = flows.stream().filter(table::canHave).distinct().toList();
    if (possible.isEmpty() || !timeout.isPositive()) {
      return 0;
    }
    create(socket, table);
    int forwarded = 0;
    while (forwarded < possible.size()) {
      int end = Math.min(possible.size(), forwarded + FLOWS_A_TRANSACTION);
      try {
        socket.commit(table.add(possible.subList(forwarded, end), timeout));
      } catch (ErrnoException e) {
        if (e.errno() == ErrnoException.ENFILE) {
          return forwarded;
        }
        throw e;
      }
      forwarded = end;
    }
    return forwarded;
  }

  /** The former owner has listed its UDP flows: other datagrams are for this node. */
  public void endAwaitingDatagrams(
      NftablesSocket socket, FormerOwner formerOwner, InetAddress address) throws IOException {
    adopt(socket);
    var table = new ForwardingTable(formerOwner);
    if (tables.contains(table)) {
      ByteBuffer key = table.awaitedDatagrams(address);
      deleteKeys(socket, table.awaited(), key::equals);
    }
  }

  /** The former owner has released addresses: nothing is passed on to it any longer. */
  public void stop(NftablesSocket socket, InetAddress formerOwner, Set<InetAddress> addresses)
      throws IOException {
    adopt(socket);
    for (ForwardingTable table : tables) {
      if (table.formerOwner().address().equals(formerOwner)) {
        deleteKeys(socket, table.flows(), key -> addresses.contains(table.addressOf(key)));
        deleteKeys(socket, table.awaited(), key -> addresses.contains(table.addressOf(key)));
      }
    }
  }

  /** Those that end by themselves meanwhile need no deletion. */
  private static void deleteKeys(
      NftablesSocket socket, NftablesSet set, Predicate<ByteBuffer> which) throws IOException {
    List<Element> all = keys(socket, set).stream().filter(which).map(Element::new).toList();
    for (int from = 0; from < all.size(); from += FLOWS_A_TRANSACTION) {
      delete(socket, set, all.subList(from, Math.min(all.size(), from + FLOWS_A_TRANSACTION)));
    }
  }

  private static void delete(NftablesSocket socket, NftablesSet set, List<Element> elements)
      throws IOException {
    try {
      socket.commit(new NftablesBatch().deleteElements(set, elements));
    } catch (ErrnoException e) {
      if (e.errno() != ErrnoException.ENOENT) {
        throw e;
      }
      // One of them has ended. Halves find out which.
      if (elements.size() > 1) {
        delete(socket, set, elements.subList(0, elements.size() / 2));
        delete(socket, set, elements.subList(elements.size() / 2, elements.size()));
      }
    }
  }

  private static List<ByteBuffer> keys(NftablesSocket socket, NftablesSet set) throws IOException {
    return NftablesDump.unchanging(() -> socket.keys(set));
  }

  /** Deletes the tables of former owners without a flow. */
  public void deleteEmpty(NftablesSocket socket) throws IOException {
    adopt(socket);
    for (Iterator<ForwardingTable> i = tables.iterator(); i.hasNext(); ) {
      ForwardingTable table = i.next();
      if (!hasFlows(socket, table)) {
        socket.commit(table.delete());
        i.remove();
      }
    }
  }

  private void adopt(NftablesSocket socket) throws IOException {
    if (!adopted) {
      NftablesDump.unchanging(socket::baseChains).stream()
          .map(ForwardingTable::of)
          .flatMap(Optional::stream)
          .forEach(tables::add);
      adopted = true;
    }
  }

  private static boolean hasFlows(NftablesSocket socket, ForwardingTable table) throws IOException {
    return socket.userData(table.table()).isPresent()
        && !(keys(socket, table.flows()).isEmpty() && keys(socket, table.awaited()).isEmpty());
  }

  /** Deletes all tables. */
  public void deleteAll(NftablesSocket socket) throws IOException {
    adopt(socket);
    for (ForwardingTable table : tables) {
      socket.commit(table.delete());
    }
    tables.clear();
  }
}
