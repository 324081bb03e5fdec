package dev.ballast.dataplane.server.steering.forwarding;

import static dev.ballast.dataplane.server.nftables.NftablesExpression.accept;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.drop;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.duplicate;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.equal;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.greater;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.immediate;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.lookup;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.meta;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.payload;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.socketTransparent;
import static dev.ballast.dataplane.server.nftables.NftablesType.INET_PROTO;
import static dev.ballast.dataplane.server.nftables.NftablesType.INET_SERVICE;
import static dev.ballast.dataplane.server.nftables.NftablesType.IPV4_ADDR;
import static dev.ballast.dataplane.server.nftables.NftablesType.IPV6_ADDR;
import static dev.ballast.dataplane.server.nftables.NftablesType.concatenation;

import dev.ballast.dataplane.core.plan.FiveTuple;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.server.nftables.NftablesBaseChain;
import dev.ballast.dataplane.server.nftables.NftablesBatch;
import dev.ballast.dataplane.server.nftables.NftablesBatch.Element;
import dev.ballast.dataplane.server.nftables.NftablesExpression;
import dev.ballast.dataplane.server.nftables.NftablesExpression.Header;
import dev.ballast.dataplane.server.nftables.NftablesExpression.Meta;
import dev.ballast.dataplane.server.nftables.NftablesHook;
import dev.ballast.dataplane.server.nftables.NftablesSet;
import dev.ballast.dataplane.server.nftables.NftablesSet.DynamicElements;
import dev.ballast.dataplane.server.nftables.NftablesTable;
import dev.ballast.dataplane.server.nftables.NftablesTable.Family;
import dev.ballast.dataplane.server.nftables.NftablesType;
import dev.ballast.dataplane.server.nftables.TcpFlags;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The table for one former owner. It is of family ip or ip6, because the kernel duplicates packets
 * in these only. Its name is not that of the other tables, so replacing those keeps it.
 */
record ForwardingTable(FormerOwner formerOwner) {

  /** The most flows of a former owner. */
  static final int SIZE = 65_536;

  private static final String PREFIX = "ballast-former-";
  private static final Pattern NAME = Pattern.compile(PREFIX + "([0-9a-f]{8}|[0-9a-f]{32})");

  private static final String CHAIN = "prerouting";

  /** Addresses that move at the same time. */
  private static final int MAX_AWAITED = 65_536;

  /** The first register of 4 bytes. */
  private static final int KEY = 8;

  /** The table of an earlier process of this node; nothing for any other chain. */
  static Optional<ForwardingTable> of(NftablesBaseChain chain) {
    Matcher name = NAME.matcher(chain.table().name());
    if (!name.matches()) {
      return Optional.empty();
    }
    try {
      byte[] address = HexFormat.of().parseHex(name.group(1));
      return Optional.of(
          new ForwardingTable(new FormerOwner(InetAddress.getByAddress(address), 0)));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address of another length", e);
    }
  }

  private boolean ipv4() {
    return formerOwner.address() instanceof Inet4Address;
  }

  boolean canHave(FiveTuple flow) {
    return canHave(flow.frontend().address()) && flow.frontend().protocol() != Protocol.SCTP;
  }

  boolean canHave(InetAddress address) {
    return address instanceof Inet4Address == ipv4();
  }

  NftablesTable table() {
    String name = HexFormat.of().formatHex(formerOwner.address().getAddress());
    return new NftablesTable(ipv4() ? Family.IPV4 : Family.IPV6, PREFIX + name);
  }

  NftablesSet flows() {
    NftablesType address = ipv4() ? IPV4_ADDR : IPV6_ADDR;
    NftablesType key = concatenation(address, INET_SERVICE, address, INET_PROTO, INET_SERVICE);
    // A flow has a time-out of its own. The one of the set is for what another program adds.
    return new NftablesSet(table(), "flows", key, new DynamicElements(Duration.ofMinutes(1), SIZE));
  }

  /** The addresses whose flows are not listed yet, each with a protocol. */
  NftablesSet awaited() {
    NftablesType key = concatenation(ipv4() ? IPV4_ADDR : IPV6_ADDR, INET_PROTO);
    return new NftablesSet(
        table(), "awaited", key, new DynamicElements(Duration.ofSeconds(3), MAX_AWAITED));
  }

  /** Creates it without flows. */
  NftablesBatch create() {
    NftablesTable table = table();
    var batch = new NftablesBatch();
    batch.addTable(table, new byte[0]).addSet(flows()).addSet(awaited());
    // Before the rules for the address, and before NAT.
    batch.addBaseChain(table, CHAIN, NftablesHook.prerouting(NftablesHook.RAW - 1));
    batch.addRule(table, CHAIN, forgetByNewConnection());
    batch.addRule(table, CHAIN, pass(key(), flows()));
    batch.addRule(table, CHAIN, pass(awaited(Protocol.UDP), awaited()));
    batch.addRule(table, CHAIN, acceptForSockets());
    return batch.addRule(table, CHAIN, pass(awaitedSegment(), awaited()));
  }

  NftablesBatch delete() {
    return new NftablesBatch().deleteTable(table());
  }

  NftablesBatch add(List<FiveTuple> flows, Duration timeout) {
    return new NftablesBatch()
        .addElements(flows(), flows.stream().map(flow -> element(flow, timeout)).toList());
  }

  /** Passes on what belongs to no connection of this node, for so long. */
  NftablesBatch await(Collection<InetAddress> addresses, Duration timeout) {
    List<Element> elements = new ArrayList<>();
    for (InetAddress address : addresses) {
      elements.add(
          new Element(awaited(address, Protocol.TCP), Optional.empty(), Optional.of(timeout)));
      elements.add(
          new Element(awaited(address, Protocol.UDP), Optional.empty(), Optional.of(timeout)));
    }
    return new NftablesBatch().addElements(awaited(), elements);
  }

  ByteBuffer awaitedDatagrams(InetAddress address) {
    return awaited(address, Protocol.UDP);
  }

  private static ByteBuffer awaited(InetAddress address, Protocol protocol) {
    byte[] bytes = address.getAddress();
    ByteBuffer key = ByteBuffer.allocate(bytes.length + 4).put(bytes);
    return key.put(bytes.length, protocol.number()).rewind();
  }

  /** The address that a key of {@link #flows} or {@link #awaited} is about. */
  InetAddress addressOf(ByteBuffer key) {
    int length = ipv4() ? 4 : 16;
    byte[] bytes = new byte[length];
    key.get(key.position() + (key.remaining() == length + 4 ? 0 : length + 4), bytes);
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address of another length", e);
    }
  }

  private static Element element(FiveTuple flow, Duration timeout) {
    byte[] client = flow.client().getAddress();
    byte[] address = flow.frontend().address().getAddress();
    // Each part is padded to 4 bytes.
    ByteBuffer key = ByteBuffer.allocate(client.length + address.length + 12);
    key.put(client).putShort((short) flow.clientPort()).putShort((short) 0);
    key.put(address).put(flow.frontend().protocol().number());
    key.putShort(key.capacity() - 4, (short) flow.frontend().port());
    return new Element(key.rewind(), Optional.empty(), Optional.of(timeout));
  }

  /** The port of a client may be that of an earlier connection. */
  private List<NftablesExpression> forgetByNewConnection() {
    List<NftablesExpression> rule = new ArrayList<>(TcpFlags.firstSegment());
    rule.addAll(key());
    rule.add(NftablesExpression.delete(flows(), KEY));
    return rule;
  }

  /** {@code … @set dup to …; drop} */
  private List<NftablesExpression> pass(List<NftablesExpression> key, NftablesSet set) {
    List<NftablesExpression> rule = new ArrayList<>(key);
    rule.add(lookup(set, KEY));
    // The kernel takes one off. So nodes that pass a packet on to each other end that some time.
    rule.add(payload(Header.NETWORK, ipv4() ? 8 : 7, 1, 1));
    rule.add(greater(1, (byte) 1));
    byte[] device = new byte[4];
    ByteBuffer.wrap(device).order(ByteOrder.nativeOrder()).putInt(formerOwner.interfaceIndex());
    rule.add(immediate(1, formerOwner.address().getAddress()));
    rule.add(immediate(2, device));
    rule.add(duplicate(1, 2));
    rule.add(drop());
    return rule;
  }

  /** Connections that this node has accepted already, or is accepting. */
  private List<NftablesExpression> acceptForSockets() {
    List<NftablesExpression> rule = new ArrayList<>(awaitedSegment());
    rule.add(lookup(awaited(), KEY));
    rule.add(socketTransparent(1));
    rule.add(accept());
    return rule;
  }

  private List<NftablesExpression> awaitedSegment() {
    List<NftablesExpression> rule = new ArrayList<>(TcpFlags.notFirstSegment());
    rule.addAll(awaitedKey());
    return rule;
  }

  private List<NftablesExpression> awaited(Protocol protocol) {
    List<NftablesExpression> rule = new ArrayList<>();
    rule.add(meta(Meta.TRANSPORT_PROTOCOL, 1));
    rule.add(equal(1, protocol.number()));
    rule.addAll(awaitedKey());
    return rule;
  }

  /** {@code ip daddr . meta l4proto} */
  private List<NftablesExpression> awaitedKey() {
    int length = ipv4() ? 4 : 16;
    return List.of(
        payload(Header.NETWORK, ipv4() ? 16 : 24, length, KEY),
        meta(Meta.TRANSPORT_PROTOCOL, KEY + length / 4));
  }

  /** {@code ip saddr . th sport . ip daddr . meta l4proto . th dport} */
  private List<NftablesExpression> key() {
    int length = ipv4() ? 4 : 16;
    int parts = length / 4;
    return List.of(
        payload(Header.NETWORK, ipv4() ? 12 : 8, length, KEY),
        payload(Header.TRANSPORT, 0, 2, KEY + parts),
        payload(Header.NETWORK, ipv4() ? 16 : 24, length, KEY + parts + 1),
        meta(Meta.TRANSPORT_PROTOCOL, KEY + 2 * parts + 1),
        payload(Header.TRANSPORT, 2, 2, KEY + 2 * parts + 2));
  }
}
