package dev.ballast.dataplane.server.steering;

import static dev.ballast.dataplane.server.nftables.NftablesExpression.accept;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.and;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.drop;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.equal;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.extensionHeader;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.goTo;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.immediate;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.lookup;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.meta;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.notEqual;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.notrack;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.payload;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.rejectWithPortUnreachable;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.rejectWithReset;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.setPayload;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.tproxy;

import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.server.nftables.NftablesExpression;
import dev.ballast.dataplane.server.nftables.NftablesExpression.Header;
import dev.ballast.dataplane.server.nftables.NftablesExpression.Meta;
import dev.ballast.dataplane.server.nftables.NftablesSet;
import dev.ballast.dataplane.server.steering.SteeringSets.Version;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The conditions and verdicts of the rules. {@code nft list table inet ballast} shows them. */
final class SteeringRules {

  /** Of the flags FIN, SYN, RST and ACK, the first segment of a connection has only SYN. */
  private static final byte SYN = 0x02;

  private static final byte FIN_SYN_RST_ACK = 0x17;

  /** The index of the interface lo in every network namespace. */
  private static final int LOOPBACK = 1;

  /** The registers of an IPv4 address and of the two parts of a key after it. */
  private static final int[] IPV4_REGISTERS = {1, 9, 10};

  private static final int[] IPV6_REGISTERS = {1, 2, 13};

  /** Which end of a packet a frontend is. */
  enum End {
    SOURCE,
    DESTINATION
  }

  private static byte networkProtocol(Version version) {
    return switch (version) {
      case IPV4 -> 2;
      case IPV6 -> 10;
    };
  }

  private static NftablesExpression address(Version version, End end, int register) {
    boolean source = end == End.SOURCE;
    return switch (version) {
      case IPV4 -> payload(Header.NETWORK, source ? 12 : 16, 4, register);
      case IPV6 -> payload(Header.NETWORK, source ? 8 : 24, 16, register);
    };
  }

  private static List<NftablesExpression> version(Version version) {
    List<NftablesExpression> rule = new ArrayList<>();
    rule.add(meta(Meta.NETWORK_PROTOCOL, 1));
    rule.add(equal(1, networkProtocol(version)));
    return rule;
  }

  private static List<NftablesExpression> protocol(int number) {
    List<NftablesExpression> rule = new ArrayList<>();
    rule.add(meta(Meta.TRANSPORT_PROTOCOL, 1));
    rule.add(equal(1, (byte) number));
    return rule;
  }

  /** {@code ip daddr . meta l4proto . th dport @set} */
  private static List<NftablesExpression> frontend(Version version, End end, NftablesSet set) {
    int[] registers = version == Version.IPV4 ? IPV4_REGISTERS : IPV6_REGISTERS;
    List<NftablesExpression> rule = version(version);
    rule.add(address(version, end, registers[0]));
    rule.add(meta(Meta.TRANSPORT_PROTOCOL, registers[1]));
    rule.add(payload(Header.TRANSPORT, end == End.SOURCE ? 0 : 2, 2, registers[2]));
    rule.add(lookup(set, registers[0]));
    return rule;
  }

  static List<NftablesExpression> excludeFromTracking(Version version, End end) {
    List<NftablesExpression> rule = frontend(version, end, version.frontends());
    rule.add(notrack());
    return rule;
  }

  /** Packets from this node to itself: spares all others the look-up. */
  static List<NftablesExpression> onLoopback(List<NftablesExpression> expressions) {
    byte[] lo = ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(LOOPBACK).array();
    List<NftablesExpression> rule = new ArrayList<>();
    rule.add(meta(Meta.OUTPUT_INTERFACE, 1));
    rule.add(equal(1, lo));
    rule.addAll(expressions);
    return rule;
  }

  static List<NftablesExpression> goToChainOfAddresses(Version version, String chain) {
    List<NftablesExpression> rule = version(version);
    rule.add(address(version, End.DESTINATION, 1));
    rule.add(lookup(version.addresses(), 1));
    rule.add(goTo(chain));
    return rule;
  }

  static List<NftablesExpression> steer(
      Version version, Protocol protocol, byte[] listener, int port) {
    List<NftablesExpression> rule = protocol(SteeringSets.number(protocol));
    rule.addAll(frontend(version, End.DESTINATION, version.accepting()));
    rule.add(immediate(1, listener));
    rule.add(immediate(2, (byte) (port >> 8), (byte) port));
    rule.add(tproxy(networkProtocol(version), 1, 2));
    rule.add(accept());
    return rule;
  }

  static List<NftablesExpression> acceptForSockets(Version version) {
    List<NftablesExpression> rule = frontend(version, End.DESTINATION, version.accepting());
    rule.add(accept());
    return rule;
  }

  static List<NftablesExpression> acceptEstablished(Version version) {
    List<NftablesExpression> rule = protocol(SteeringSets.number(Protocol.TCP));
    rule.add(payload(Header.TRANSPORT, 13, 1, 1));
    rule.add(and(1, FIN_SYN_RST_ACK));
    rule.add(notEqual(1, SYN));
    rule.addAll(frontend(version, End.DESTINATION, version.frontends()));
    rule.add(accept());
    return rule;
  }

  /** Errors such as packet too big, and echo requests. */
  static List<NftablesExpression> acceptIcmp(Version version) {
    List<NftablesExpression> rule =
        switch (version) {
          case IPV4 -> protocol(1);
          case IPV6 -> protocol(58);
        };
    rule.add(accept());
    return rule;
  }

  /** Fragments without a port; without the first one, which has it, they reach nobody. */
  static List<NftablesExpression> acceptLaterFragments(Version version) {
    List<NftablesExpression> rule = version(version);
    switch (version) {
      case IPV4 -> {
        rule.add(payload(Header.NETWORK, 6, 2, 1));
        rule.add(and(1, (byte) 0x1f, (byte) 0xff));
      }
      case IPV6 -> {
        rule.add(extensionHeader(44, 2, 2, 1));
        rule.add(and(1, (byte) 0xff, (byte) 0xf8));
      }
    }
    rule.add(notEqual(1, (byte) 0, (byte) 0));
    rule.add(accept());
    return rule;
  }

  static List<NftablesExpression> resetTcp() {
    List<NftablesExpression> rule = protocol(SteeringSets.number(Protocol.TCP));
    rule.add(rejectWithReset());
    return rule;
  }

  static List<NftablesExpression> refuse() {
    return List.of(rejectWithPortUnreachable());
  }

  private static List<NftablesExpression> arpRequest(End end) {
    List<NftablesExpression> rule = new ArrayList<>();
    rule.add(payload(Header.NETWORK, 6, 2, 1));
    rule.add(equal(1, (byte) 0, (byte) 1));
    rule.add(payload(Header.NETWORK, end == End.SOURCE ? 14 : 24, 4, 1));
    rule.add(lookup(SteeringSets.ARP_ADDRESSES, 1));
    return rule;
  }

  static List<NftablesExpression> dropArpRequests() {
    List<NftablesExpression> rule = arpRequest(End.DESTINATION);
    rule.add(drop());
    return rule;
  }

  static List<NftablesExpression> setArpSource() {
    List<NftablesExpression> rule = arpRequest(End.SOURCE);
    rule.add(meta(Meta.OUTPUT_INTERFACE, 1));
    rule.add(lookup(SteeringSets.ARP_SOURCES, 1, 1));
    rule.add(setPayload(14, 4, 1));
    return rule;
  }

  private SteeringRules() {}
}
