package dev.ballast.dataplane.server.nftables;

import dev.ballast.dataplane.server.netlink.NetlinkAttributes;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.IntSupplier;

/** Changes that the kernel makes in one transaction: all of them or none. */
public final class NftablesBatch {

  /** So that a message, whose list is one attribute, stays below 64 KiB. */
  private static final int ELEMENTS_A_MESSAGE = 1000;

  private static final int LIST_ELEMENT = 1;
  private static final int MAP = 0x8;
  private static final int TIMEOUT = 0x10;
  private static final int EVAL = 0x20;

  /** What the nft program calls the byte order of a set's keys. */
  private static final int KEY_BYTE_ORDER = 0;

  private final List<NftablesMessage> messages = new ArrayList<>();
  private final String suffix;

  public NftablesBatch() {
    this("");
  }

  /**
   * @param suffix appended to the names of all tables, so that the tables of those names stay as
   *     they are
   */
  public NftablesBatch(String suffix) {
    this.suffix = suffix;
  }

  private NetlinkAttributes inTable(NftablesTable table) {
    return new NetlinkAttributes().text(1, table.name() + suffix);
  }

  /**
   * An entry of a set, or of a map.
   *
   * @param timeout after which it expires; empty: that of the set
   */
  public record Element(ByteBuffer key, Optional<ByteBuffer> value, Optional<Duration> timeout) {
    public Element(ByteBuffer key) {
      this(key, Optional.empty(), Optional.empty());
    }

    public Element(ByteBuffer key, ByteBuffer value) {
      this(key, Optional.of(value), Optional.empty());
    }

    public Element(ByteBuffer key, Duration timeout) {
      this(key, Optional.empty(), Optional.of(timeout));
    }
  }

  public boolean isEmpty() {
    return messages.isEmpty();
  }

  /** Creates a table that may exist already. */
  public NftablesBatch addTable(NftablesTable table, byte[] userData) {
    var attributes = inTable(table);
    if (userData.length > 0) {
      attributes.bytes(6, userData);
    }
    return add(NftablesMessage.NEW_TABLE, NftablesMessage.CREATE, table, attributes);
  }

  /** Deletes a table and all it has; it may be missing. */
  public NftablesBatch deleteTable(NftablesTable table) {
    addTable(table, new byte[0]);
    var attributes = inTable(table);
    return add(NftablesMessage.DELETE_TABLE, 0, table, attributes);
  }

  /** Creates a chain that other chains go to. */
  public NftablesBatch addChain(NftablesTable table, String name) {
    var attributes = inTable(table).text(3, name);
    return add(NftablesMessage.NEW_CHAIN, NftablesMessage.CREATE, table, attributes);
  }

  /** Creates a chain that the kernel calls; packets that it gives no verdict are accepted. */
  public NftablesBatch addBaseChain(NftablesTable table, String name, NftablesHook hook) {
    var place = new NetlinkAttributes().bigEndian(1, hook.number()).bigEndian(2, hook.priority());
    var attributes = inTable(table).text(3, name);
    attributes.nested(4, place).text(7, "filter");
    return add(NftablesMessage.NEW_CHAIN, NftablesMessage.CREATE, table, attributes);
  }

  /** Appends a rule to a chain. */
  public NftablesBatch addRule(
      NftablesTable table, String chain, List<NftablesExpression> expressions) {
    int flags = NftablesMessage.CREATE | NftablesMessage.APPEND;
    return add(NftablesMessage.NEW_RULE, flags, table, rule(table, chain, expressions));
  }

  /**
   * Inserts a rule before all others of a chain.
   *
   * @param comment that the programs nft and iptables show
   */
  public NftablesBatch insertRule(
      NftablesTable table, String chain, List<NftablesExpression> expressions, String comment) {
    var attributes = rule(table, chain, expressions).bytes(7, NftablesRule.userData(comment));
    return add(NftablesMessage.NEW_RULE, NftablesMessage.CREATE, table, attributes);
  }

  /** Deletes a rule; the transaction fails with ENOENT if it is missing. */
  public NftablesBatch deleteRule(NftablesTable table, String chain, long handle) {
    byte[] number = ByteBuffer.allocate(8).putLong(handle).array();
    var attributes = inTable(table).text(2, chain).bytes(3, number);
    return add(NftablesMessage.DELETE_RULE, 0, table, attributes);
  }

  private NetlinkAttributes rule(
      NftablesTable table, String chain, List<NftablesExpression> expressions) {
    var list = new NetlinkAttributes();
    for (NftablesExpression expression : expressions) {
      var attributes = new NetlinkAttributes().text(1, expression.name());
      list.nested(LIST_ELEMENT, attributes.nested(2, expression.data()));
    }
    return inTable(table).text(2, chain).nested(4, list);
  }

  /** Creates a set or map without entries. */
  public NftablesBatch addSet(NftablesSet set) {
    var attributes = inTable(set.table()).text(2, set.name());
    int flags = set.value().isPresent() ? MAP : 0;
    attributes.bigEndian(3, set.dynamic().isPresent() ? flags | TIMEOUT | EVAL : flags);
    attributes.bigEndian(4, set.key().number()).bigEndian(5, set.key().length());
    set.value()
        .ifPresent(value -> attributes.bigEndian(6, value.number()).bigEndian(7, value.length()));
    // A number that is unique in the batch.
    attributes.bigEndian(10, messages.size() + 1);
    set.dynamic()
        .ifPresent(
            dynamic ->
                attributes
                    .nested(9, new NetlinkAttributes().bigEndian(1, dynamic.size()))
                    .bytes(11, millis(dynamic.timeout())));
    attributes.bytes(13, byteOrder(set.key()));
    return add(NftablesMessage.NEW_SET, NftablesMessage.CREATE, set.table(), attributes);
  }

  private static byte[] millis(Duration duration) {
    return ByteBuffer.allocate(8).putLong(duration.toMillis()).array();
  }

  /** User data of nft: a u8 type, a u8 length and a u32 in the byte order of the machine. */
  private static byte[] byteOrder(NftablesType type) {
    ByteBuffer data = ByteBuffer.allocate(6).order(java.nio.ByteOrder.nativeOrder());
    return data.put((byte) KEY_BYTE_ORDER).put((byte) 4).putInt(type.byteOrder().number()).array();
  }

  /** Adds entries; those that exist already stay. */
  public NftablesBatch addElements(NftablesSet set, Collection<Element> elements) {
    return elements(NftablesMessage.NEW_ELEMENTS, NftablesMessage.CREATE, set, elements);
  }

  /** Deletes entries; the transaction fails with ENOENT if one is missing. */
  public NftablesBatch deleteElements(NftablesSet set, Collection<Element> elements) {
    return elements(NftablesMessage.DELETE_ELEMENTS, 0, set, elements);
  }

  private NftablesBatch elements(
      int type, int flags, NftablesSet set, Collection<Element> elements) {
    var list = new NetlinkAttributes();
    int count = 0;
    for (Element element : elements) {
      var entry = new NetlinkAttributes().nested(1, data(element.key()));
      element.value().ifPresent(value -> entry.nested(2, data(value)));
      element.timeout().ifPresent(timeout -> entry.bytes(4, millis(timeout)));
      list.nested(LIST_ELEMENT, entry);
      count++;
      if (count % ELEMENTS_A_MESSAGE == 0 || count == elements.size()) {
        var attributes = inTable(set.table()).text(2, set.name());
        add(type, flags, set.table(), attributes.nested(3, list));
        list = new NetlinkAttributes();
      }
    }
    return this;
  }

  private static NetlinkAttributes data(ByteBuffer value) {
    byte[] bytes = new byte[value.remaining()];
    value.get(value.position(), bytes);
    return new NetlinkAttributes().bytes(1, bytes);
  }

  private NftablesBatch add(
      int type, int flags, NftablesTable table, NetlinkAttributes attributes) {
    messages.add(new NftablesMessage(type, flags, table, attributes));
    return this;
  }

  /**
   * The messages, for one system call. The kernel acknowledges the last one before the end of the
   * batch; of the others it only tells those that it rejects.
   *
   * @param first the sequence number of the first message
   */
  byte[] toBytes(int first, IntSupplier nextSequence) {
    NftablesMessage begin = NftablesMessage.batchBegin();
    NftablesMessage end = NftablesMessage.batchEnd();
    int length = messages.stream().mapToInt(NftablesMessage::length).sum();
    ByteBuffer buffer = ByteBuffer.allocate(begin.length() + length + end.length());
    begin.writeTo(buffer, 0, first);
    int last = first;
    for (int i = 0; i < messages.size(); i++) {
      boolean acknowledged = i == messages.size() - 1;
      last = nextSequence.getAsInt();
      messages.get(i).writeTo(buffer, acknowledged ? NftablesMessage.ACK : 0, last);
    }
    // The kernel tells nothing about the end, so it shares the number of the last message.
    end.writeTo(buffer, 0, last);
    return buffer.array();
  }
}
