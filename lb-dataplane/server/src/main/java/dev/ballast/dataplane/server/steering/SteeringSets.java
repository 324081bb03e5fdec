package dev.ballast.dataplane.server.steering;

import static dev.ballast.dataplane.server.nftables.NftablesType.IFACE_INDEX;
import static dev.ballast.dataplane.server.nftables.NftablesType.INET_PROTO;
import static dev.ballast.dataplane.server.nftables.NftablesType.INET_SERVICE;
import static dev.ballast.dataplane.server.nftables.NftablesType.IPV4_ADDR;
import static dev.ballast.dataplane.server.nftables.NftablesType.IPV6_ADDR;
import static dev.ballast.dataplane.server.nftables.NftablesType.MARK;
import static dev.ballast.dataplane.server.nftables.NftablesType.concatenation;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.server.nftables.NftablesBatch.Element;
import dev.ballast.dataplane.server.nftables.NftablesSet;
import dev.ballast.dataplane.server.nftables.NftablesSet.DynamicElements;
import dev.ballast.dataplane.server.nftables.NftablesTable;
import dev.ballast.dataplane.server.nftables.NftablesTable.Family;
import dev.ballast.dataplane.server.nftables.NftablesType;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;

/** The tables and sets, and how addresses and frontends are elements of them. */
final class SteeringSets {

  static final NftablesTable INET = new NftablesTable(Family.INET, "ballast");
  static final NftablesTable ARP = new NftablesTable(Family.ARP, "ballast");

  /** The sets of one IP version. */
  enum Version {
    IPV4,
    IPV6;

    /** The addresses of this node. */
    NftablesSet addresses() {
      return new NftablesSet(INET, "addresses" + suffix(), address());
    }

    /** Every frontend. */
    NftablesSet frontends() {
      return new NftablesSet(INET, "frontends" + suffix(), frontend());
    }

    /** The frontends that take new connections. */
    NftablesSet accepting() {
      return new NftablesSet(INET, "accepting" + suffix(), frontend());
    }

    private NftablesType frontend() {
      return concatenation(address(), INET_PROTO, INET_SERVICE);
    }

    private NftablesType address() {
      return switch (this) {
        case IPV4 -> IPV4_ADDR;
        case IPV6 -> IPV6_ADDR;
      };
    }

    private String suffix() {
      return switch (this) {
        case IPV4 -> "4";
        case IPV6 -> "6";
      };
    }

    static Version of(InetAddress address) {
      return address instanceof Inet4Address ? IPV4 : IPV6;
    }

    List<NftablesSet> sets() {
      return List.of(addresses(), frontends(), accepting());
    }
  }

  /** The IPv4 addresses of this node, in the table for ARP. */
  static final NftablesSet ARP_ADDRESSES = new NftablesSet(ARP, "addresses", IPV4_ADDR);

  /** The address of this node on an interface, by the number of the interface. */
  static final NftablesSet ARP_SOURCES = new NftablesSet(ARP, "sources", IFACE_INDEX, IPV4_ADDR);

  /** Has {@link #PROCESS} while self-fencing is armed. */
  static final NftablesSet ARMED = new NftablesSet(INET, "armed", MARK);

  /**
   * Has {@link #PROCESS} while the process sends heartbeats. Each lapse adds an element, before the
   * kernel has removed the expired one.
   */
  static final NftablesSet ALIVE =
      new NftablesSet(INET, "alive", MARK, new DynamicElements(SelfFencing.TIMEOUT, 128));

  /** The only element of two sets. A rule makes it by a mark without its bits. */
  static final Element PROCESS = new Element(ByteBuffer.allocate(4));

  /** {@link #PROCESS}, for a limited time. */
  static Element process(Duration timeout) {
    return new Element(PROCESS.key(), timeout);
  }

  static Element element(InetAddress address) {
    return new Element(ByteBuffer.wrap(address.getAddress()));
  }

  /** Address, protocol and port, each padded to 4 bytes. */
  static Element element(Binding frontend) {
    byte[] address = frontend.address().getAddress();
    ByteBuffer key = ByteBuffer.allocate(address.length + 8).put(address);
    key.put(frontend.protocol().number());
    return new Element(key.putShort(address.length + 4, (short) frontend.port()).rewind());
  }

  static Element source(int interfaceIndex, Inet4Address address) {
    ByteBuffer key = ByteBuffer.allocate(4).order(ByteOrder.nativeOrder());
    return new Element(key.putInt(0, interfaceIndex), ByteBuffer.wrap(address.getAddress()));
  }

  private SteeringSets() {}
}
