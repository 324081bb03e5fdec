package dev.ballast.dataplane.server.nftables;

import dev.ballast.dataplane.server.netlink.NetlinkAttributes;

/**
 * One step of a rule. A rule evaluates its expressions in order, until one does not match or gives
 * a verdict. See linux/netfilter/nf_tables.h for the attributes, and {@code nft --debug=netlink}
 * for the expressions of a rule.
 *
 * <p>Registers: 1 to 4 have 16 bytes each. Numbers from 8 on name the same memory in parts of 4
 * bytes: 8 is the beginning of register 1, and 12 that of register 2.
 */
public record NftablesExpression(String name, NetlinkAttributes data) {

  private static final int VALUE = 1;
  private static final int VERDICT = 2;
  private static final int UPDATE = 1;
  private static final int DELETE = 2;
  private static final int ACCEPT = 1;
  private static final int DROP = 0;
  private static final int JUMP = -3;
  private static final int GOTO = -4;

  /** Which header an offset counts from. */
  public enum Header {
    NETWORK(1),
    TRANSPORT(2);

    private final int number;

    Header(int number) {
      this.number = number;
    }
  }

  /** What the kernel knows of a packet besides its bytes. */
  public enum Meta {
    MARK(3),
    OUTPUT_INTERFACE(5),
    NETWORK_PROTOCOL(15),
    TRANSPORT_PROTOCOL(16),
    /** {@code IFLA_INFO_KIND}, padded to 16 bytes. */
    INPUT_INTERFACE_KIND(26);

    private final int number;

    Meta(int number) {
      this.number = number;
    }
  }

  /** Loads bytes of a header. Does not match a packet without such a header. */
  public static NftablesExpression payload(Header header, int offset, int length, int register) {
    var data = new NetlinkAttributes().bigEndian(1, register).bigEndian(2, header.number);
    return new NftablesExpression("payload", data.bigEndian(3, offset).bigEndian(4, length));
  }

  /** Stores bytes into the network header, without a checksum. */
  public static NftablesExpression setPayload(int offset, int length, int register) {
    var data = new NetlinkAttributes().bigEndian(2, Header.NETWORK.number).bigEndian(3, offset);
    data.bigEndian(4, length).bigEndian(5, register);
    return new NftablesExpression("payload", data.bigEndian(6, 0).bigEndian(7, 0));
  }

  public static NftablesExpression meta(Meta meta, int register) {
    var data = new NetlinkAttributes().bigEndian(1, register).bigEndian(2, meta.number);
    return new NftablesExpression("meta", data);
  }

  /** Loads bytes of an IPv6 extension header. Does not match a packet without it. */
  public static NftablesExpression extensionHeader(
      int header, int offset, int length, int register) {
    var data = new NetlinkAttributes().bigEndian(1, register).bytes(2, new byte[] {(byte) header});
    return new NftablesExpression("exthdr", data.bigEndian(3, offset).bigEndian(4, length));
  }

  /** Matches when the set has the key. */
  public static NftablesExpression lookup(NftablesSet set, int register) {
    return new NftablesExpression(
        "lookup", new NetlinkAttributes().text(1, set.name()).bigEndian(2, register));
  }

  /** Matches when the set does not have the key. */
  public static NftablesExpression lookupMissing(NftablesSet set, int register) {
    var data = new NetlinkAttributes().text(1, set.name()).bigEndian(2, register);
    return new NftablesExpression("lookup", data.bigEndian(5, 1));
  }

  /** Adds the key to a set of {@link NftablesSet.DynamicElements}, or restarts its time-out. */
  public static NftablesExpression update(NftablesSet set, int register) {
    return dynamic(UPDATE, set, register);
  }

  /** Deletes the key from a set of {@link NftablesSet.DynamicElements}, if the set has it. */
  public static NftablesExpression delete(NftablesSet set, int register) {
    return dynamic(DELETE, set, register);
  }

  private static NftablesExpression dynamic(int operation, NftablesSet set, int register) {
    var data = new NetlinkAttributes().text(1, set.name()).bigEndian(3, operation);
    return new NftablesExpression("dynset", data.bigEndian(4, register));
  }

  /**
   * Sends a copy of the packet to a neighbor. Only tables of family IPV4 and IPV6 have it.
   *
   * @param address register with the address of the neighbor
   * @param device register with the number of an interface
   */
  public static NftablesExpression duplicate(int address, int device) {
    return new NftablesExpression(
        "dup", new NetlinkAttributes().bigEndian(1, address).bigEndian(2, device));
  }

  /** Loads the value of a key. Does not match without such a key. */
  public static NftablesExpression lookup(NftablesSet map, int key, int value) {
    var data = new NetlinkAttributes().text(1, map.name()).bigEndian(2, key).bigEndian(3, value);
    return new NftablesExpression("lookup", data);
  }

  public static NftablesExpression equal(int register, byte... value) {
    return compare(0, register, value);
  }

  public static NftablesExpression notEqual(int register, byte... value) {
    return compare(1, register, value);
  }

  /** Compares as unsigned numbers in network byte order. */
  public static NftablesExpression greater(int register, byte... value) {
    return compare(4, register, value);
  }

  private static NftablesExpression compare(int operator, int register, byte[] value) {
    var data = new NetlinkAttributes().bigEndian(1, register).bigEndian(2, operator);
    return new NftablesExpression("cmp", data.nested(3, value(value)));
  }

  /** Clears the bits that are not in the mask. */
  public static NftablesExpression and(int register, byte... mask) {
    var data = new NetlinkAttributes().bigEndian(1, register).bigEndian(2, register);
    data.bigEndian(3, mask.length).nested(4, value(mask));
    return new NftablesExpression("bitwise", data.nested(5, value(new byte[mask.length])));
  }

  public static NftablesExpression immediate(int register, byte... value) {
    var data = new NetlinkAttributes().bigEndian(1, register).nested(2, value(value));
    return new NftablesExpression("immediate", data);
  }

  /** Assigns the packet to a transparent socket. Does not match when there is none. */
  public static NftablesExpression tproxy(int networkProtocol, int address, int port) {
    var data = new NetlinkAttributes().bigEndian(1, networkProtocol).bigEndian(2, address);
    return new NftablesExpression("tproxy", data.bigEndian(3, port));
  }

  /** Loads one byte: 1 when the packet belongs to a transparent socket. */
  public static NftablesExpression socketTransparent(int register) {
    return new NftablesExpression(
        "socket", new NetlinkAttributes().bigEndian(1, 0).bigEndian(2, register));
  }

  /**
   * A match of iptables, which only the nftables module for iptables understands.
   *
   * @param info its struct, padded to 8 bytes
   */
  public static NftablesExpression match(String name, int revision, byte[] info) {
    var data = new NetlinkAttributes().text(1, name).bigEndian(2, revision);
    return new NftablesExpression("match", data.bytes(3, info));
  }

  /** Counts the packets and bytes that reach it. */
  public static NftablesExpression counter() {
    return new NftablesExpression("counter", new NetlinkAttributes());
  }

  /** Excludes the packet from connection tracking, and so from NAT. */
  public static NftablesExpression notrack() {
    return new NftablesExpression("notrack", new NetlinkAttributes());
  }

  /** Drops the segment and answers with RST. */
  public static NftablesExpression rejectWithReset() {
    return new NftablesExpression("reject", new NetlinkAttributes().bigEndian(1, 1));
  }

  /** Drops the packet and answers with ICMP or ICMPv6: port unreachable. */
  public static NftablesExpression rejectWithPortUnreachable() {
    var data = new NetlinkAttributes().bigEndian(1, 2).bytes(2, new byte[] {1});
    return new NftablesExpression("reject", data);
  }

  public static NftablesExpression accept() {
    return verdict(new NetlinkAttributes().bigEndian(1, ACCEPT));
  }

  public static NftablesExpression drop() {
    return verdict(new NetlinkAttributes().bigEndian(1, DROP));
  }

  /** Goes on in another chain, and comes back after its end. */
  public static NftablesExpression jump(String chain) {
    return verdict(new NetlinkAttributes().bigEndian(1, JUMP).text(2, chain));
  }

  /** Goes on in another chain, and does not come back. */
  public static NftablesExpression goTo(String chain) {
    return verdict(new NetlinkAttributes().bigEndian(1, GOTO).text(2, chain));
  }

  /** A verdict is a value of register 0. */
  private static NftablesExpression verdict(NetlinkAttributes verdict) {
    var value = new NetlinkAttributes().nested(VERDICT, verdict);
    var data = new NetlinkAttributes().bigEndian(1, 0).nested(2, value);
    return new NftablesExpression("immediate", data);
  }

  private static NetlinkAttributes value(byte[] value) {
    return new NetlinkAttributes().bytes(VALUE, value);
  }
}
