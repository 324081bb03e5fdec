package dev.ballast.dataplane.server.nftables;

import dev.ballast.dataplane.server.netlink.NetlinkAttributes;
import dev.ballast.dataplane.server.netlink.NetlinkSocket;
import dev.ballast.dataplane.server.socket.ErrnoException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Changes and reads nftables. A call blocks for a round trip to the kernel. Not thread-safe. */
public final class NftablesSocket implements AutoCloseable {

  /** For a transaction of 100,000 elements. */
  private static final int BUFFER = 16 << 20;

  private final NetlinkSocket netlink;

  private NftablesSocket(NetlinkSocket netlink) {
    this.netlink = netlink;
  }

  /** Opens a socket for the network namespace of this thread. */
  public static NftablesSocket open() throws IOException {
    NetlinkSocket netlink = NetlinkSocket.open(NetlinkSocket.NETFILTER);
    netlink.setBufferSizes(BUFFER);
    return new NftablesSocket(netlink);
  }

  /**
   * Makes the changes, all or none.
   *
   * @throws ErrnoException when the kernel rejects one of them: ENOENT for a missing table, chain,
   *     set or element; EPERM without the capability NET_ADMIN; EOPNOTSUPP or ENOENT for an
   *     expression that the kernel lacks
   */
  public void commit(NftablesBatch batch) throws IOException {
    if (batch.isEmpty()) {
      return;
    }
    int first = netlink.nextSequence();
    netlink.send(batch.toBytes(first, netlink::nextSequence));
    netlink.readReply(first, (type, message) -> {});
  }

  /** The number that notifications of this socket's changes have; 0 before a reply. */
  public int portId() {
    return netlink.portId();
  }

  /** The user data of a table; empty bytes if it has none, and nothing if there is no table. */
  public Optional<byte[]> userData(NftablesTable table) throws IOException {
    List<byte[]> found = new ArrayList<>();
    var attributes = new NetlinkAttributes().text(1, table.name());
    var request =
        new NftablesMessage(NftablesMessage.GET_TABLE, NftablesMessage.ACK, table, attributes);
    try {
      netlink.send(request.toBytes(netlink.nextSequence()));
      netlink.readReply(
          (type, message) ->
              found.add(
                  find(message, 6).map(NetlinkAttributes::bytes).orElseGet(() -> new byte[0])));
    } catch (ErrnoException e) {
      if (e.errno() != ErrnoException.ENOENT) {
        throw e;
      }
    }
    return found.stream().findFirst();
  }

  /**
   * The numbers of a table's rules, each of which the kernel gives to one rule only.
   *
   * @return nothing if the ruleset has changed meanwhile, so that the list may be wrong
   */
  public Optional<List<Long>> ruleHandles(NftablesTable table) throws IOException {
    List<Long> handles = new ArrayList<>();
    var attributes = new NetlinkAttributes().text(1, table.name());
    boolean complete =
        dump(
            new NftablesMessage(NftablesMessage.GET_RULE, NftablesMessage.DUMP, table, attributes),
            message -> find(message, 3).ifPresent(value -> handles.add(bigEndianLong(value))));
    return complete ? Optional.of(handles) : Optional.empty();
  }

  /**
   * The base chains of all tables for IP and ARP.
   *
   * @return nothing if the ruleset has changed meanwhile, so that the list may be wrong
   */
  public Optional<List<NftablesBaseChain>> baseChains() throws IOException {
    List<NftablesBaseChain> chains = new ArrayList<>();
    boolean complete =
        dump(
            new NftablesMessage(
                NftablesMessage.GET_CHAIN, NftablesMessage.DUMP, 0, new NetlinkAttributes()),
            message -> NftablesReader.baseChain(message).ifPresent(chains::add));
    return complete ? Optional.of(chains) : Optional.empty();
  }

  /**
   * The rules of one chain; none if there is no such chain.
   *
   * @return nothing if the ruleset has changed meanwhile, so that the list may be wrong
   */
  public Optional<List<NftablesRule>> rules(NftablesTable table, String chain) throws IOException {
    List<NftablesRule> rules = new ArrayList<>();
    var attributes = new NetlinkAttributes().text(1, table.name()).text(2, chain);
    boolean complete =
        dump(
            new NftablesMessage(NftablesMessage.GET_RULE, NftablesMessage.DUMP, table, attributes),
            message -> rules.add(NftablesReader.rule(message)));
    return complete ? Optional.of(rules) : Optional.empty();
  }

  /**
   * The keys of a set.
   *
   * @return nothing if the ruleset has changed meanwhile, so that the list may be wrong
   * @throws ErrnoException ENOENT if there is no such set
   */
  public Optional<List<ByteBuffer>> keys(NftablesSet set) throws IOException {
    List<ByteBuffer> keys = new ArrayList<>();
    var attributes = new NetlinkAttributes().text(1, set.table().name()).text(2, set.name());
    boolean complete =
        dump(
            new NftablesMessage(
                NftablesMessage.GET_ELEMENTS, NftablesMessage.DUMP, set.table(), attributes),
            message -> find(message, 3).ifPresent(list -> readKeys(list, keys)));
    return complete ? Optional.of(keys) : Optional.empty();
  }

  private static void readKeys(ByteBuffer list, List<ByteBuffer> keys) {
    while (list.remaining() >= 4) {
      int length = Short.toUnsignedInt(list.getShort(list.position()));
      NetlinkAttributes.find(list, 1)
          .flatMap(element -> NetlinkAttributes.find(element, 1))
          .flatMap(key -> NetlinkAttributes.find(key, 1))
          .ifPresent(value -> keys.add(ByteBuffer.wrap(NetlinkAttributes.bytes(value))));
      list.position(Math.min(list.limit(), list.position() + Math.max(4, (length + 3) & ~3)));
    }
  }

  /** Handles a message of a dump, from its struct nlmsghdr on. */
  private interface DumpConsumer {
    void accept(ByteBuffer message);
  }

  /** Whether the ruleset was the same all the time. */
  private boolean dump(NftablesMessage request, DumpConsumer consumer) throws IOException {
    boolean[] interrupted = {false};
    netlink.send(request.toBytes(netlink.nextSequence()));
    netlink.readReply(
        (type, message) -> {
          interrupted[0] |= (message.getShort(6) & NftablesMessage.DUMP_INTERRUPTED) != 0;
          consumer.accept(message);
        });
    return !interrupted[0];
  }

  private static Optional<ByteBuffer> find(ByteBuffer message, int attribute) {
    message.position(NftablesMessage.HEADER);
    return NetlinkAttributes.find(message, attribute);
  }

  private static long bigEndianLong(ByteBuffer value) {
    return value.order(java.nio.ByteOrder.BIG_ENDIAN).getLong();
  }

  @Override
  public void close() {
    netlink.close();
  }
}
