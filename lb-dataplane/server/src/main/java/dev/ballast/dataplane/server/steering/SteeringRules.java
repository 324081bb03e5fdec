package dev.ballast.dataplane.server.steering;

import static dev.ballast.dataplane.server.nftables.NftablesExpression.accept;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.and;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.drop;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.equal;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.extensionHeader;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.goTo;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.immediate;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.jump;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.lookup;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.lookupMissing;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.meta;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.notEqual;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.notrack;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.payload;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.rejectWithPortUnreachable;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.rejectWithReset;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.setPayload;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.tproxy;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.update;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.server.nftables.NftablesExpression;
import dev.ballast.dataplane.server.nftables.NftablesExpression.Header;
import dev.ballast.dataplane.server.nftables.NftablesExpression.Meta;
import dev.ballast.dataplane.server.nftables.NftablesSet;
import dev.ballast.dataplane.server.nftables.TcpFlags;
import dev.ballast.dataplane.server.steering.SteeringSets.Version;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The conditions and verdicts of the rules. {@code nft list table inet ballast} shows them. */
final class SteeringRules {

  private static final byte ICMP = 1;
  private static final byte ICMPV6 = 58;

  /** The types of ICMP and ICMPv6. */
  private static final byte ECHO_REQUEST = 8;

  private static final byte ECHO_REQUEST6 = (byte) 128;

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

  private static List<NftablesExpression> protocol(byte number) {
    List<NftablesExpression> rule = new ArrayList<>();
    rule.add(meta(Meta.TRANSPORT_PROTOCOL, 1));
    rule.add(equal(1, number));
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
    rule.add(accept());
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

  /**
   * The same rule for what a bridge has received. With bridge netfilter, the kernel calls the
   * chains while the packet is in the bridge, takes the socket away from it, and calls no chain
   * again, apart from those before its own hook.
   */
  static List<NftablesExpression> fromBridge(List<NftablesExpression> expressions) {
    List<NftablesExpression> rule = new ArrayList<>();
    rule.add(meta(Meta.INPUT_INTERFACE_KIND, 1));
    rule.add(equal(1, Arrays.copyOf("bridge".getBytes(US_ASCII), 16)));
    rule.addAll(expressions);
    return rule;
  }

  static List<NftablesExpression> steer(
      Version version, Protocol protocol, byte[] listener, int port) {
    List<NftablesExpression> rule = protocol(protocol.number());
    rule.addAll(frontend(version, End.DESTINATION, version.accepting()));
    rule.add(notrack());
    rule.add(immediate(1, listener));
    rule.add(immediate(2, (byte) (port >> 8), (byte) port));
    rule.add(tproxy(networkProtocol(version), 1, 2));
    rule.add(accept());
    return rule;
  }

  static List<NftablesExpression> acceptForSockets(Version version) {
    List<NftablesExpression> rule = frontend(version, End.DESTINATION, version.accepting());
    rule.add(notrack());
    rule.add(accept());
    return rule;
  }

  static List<NftablesExpression> acceptEstablished(Version version) {
    List<NftablesExpression> rule = new ArrayList<>(TcpFlags.notFirstSegment());
    rule.addAll(frontend(version, End.DESTINATION, version.frontends()));
    rule.add(notrack());
    rule.add(accept());
    return rule;
  }

  /** Errors such as packet too big, and echo requests. */
  static List<NftablesExpression> acceptIcmp(Version version) {
    List<NftablesExpression> rule = icmp(version);
    // Connection tracking calls an error about a connection invalid that it does not know.
    rule.add(notrack());
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

  /** Loads the key of {@link SteeringSets#PROCESS}, in a form that the nft program can show. */
  private static List<NftablesExpression> process() {
    return List.of(meta(Meta.MARK, 1), and(1, new byte[4]));
  }

  /** Drops what would begin a connection while self-fencing is armed and heartbeats are missing. */
  static List<NftablesExpression> dropWhenFenced() {
    List<NftablesExpression> rule = new ArrayList<>(process());
    rule.add(lookup(SteeringSets.ARMED, 1));
    rule.addAll(process());
    rule.add(lookupMissing(SteeringSets.ALIVE, 1));
    rule.add(drop());
    return rule;
  }

  /** A heartbeat of this node: only the active process can have the port. */
  static List<NftablesExpression> refreshByHeartbeat(int peerPort) {
    List<NftablesExpression> rule = protocol(Protocol.UDP.number());
    byte high = (byte) (peerPort >> 8);
    byte low = (byte) peerPort;
    rule.add(payload(Header.TRANSPORT, 0, 4, 1));
    rule.add(equal(1, high, low, high, low));
    rule.addAll(process());
    rule.add(update(SteeringSets.ALIVE, 1));
    return rule;
  }

  static List<NftablesExpression> fenceNewConnections(String chain) {
    List<NftablesExpression> rule = new ArrayList<>(TcpFlags.firstSegment());
    rule.add(jump(chain));
    return rule;
  }

  /** All of them: the kernel cannot tell a new flow, since one socket receives all flows. */
  static List<NftablesExpression> fenceDatagrams(String chain) {
    List<NftablesExpression> rule = protocol(Protocol.UDP.number());
    rule.add(jump(chain));
    return rule;
  }

  static List<NftablesExpression> fenceEchoRequests(Version version, String chain) {
    List<NftablesExpression> rule = version(version);
    rule.addAll(icmp(version));
    rule.add(payload(Header.TRANSPORT, 0, 1, 1));
    rule.add(equal(1, version == Version.IPV4 ? ECHO_REQUEST : ECHO_REQUEST6));
    rule.add(jump(chain));
    return rule;
  }

  private static List<NftablesExpression> icmp(Version version) {
    return switch (version) {
      case IPV4 -> protocol(ICMP);
      case IPV6 -> protocol(ICMPV6);
    };
  }

  static List<NftablesExpression> resetTcp() {
    List<NftablesExpression> rule = protocol(Protocol.TCP.number());
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
