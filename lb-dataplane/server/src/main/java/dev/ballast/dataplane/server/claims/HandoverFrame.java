package dev.ballast.dataplane.server.claims;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.plan.FiveTuple;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.server.handover.HandedOverFlows;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A message about addresses that move, as {@link ClaimFrame}s are encoded. */
sealed interface HandoverFrame extends ClaimFrame {

  /** So many flows or addresses fit into a frame. */
  int MAX_ENTRIES = 2500;

  /** The sender announces these addresses next: the receiver answers no neighbor about them. */
  record HandoverRequest(long nonce, Set<InetAddress> addresses) implements HandoverFrame {}

  /** Answers the {@link HandoverRequest} with this nonce. */
  record HandoverReady(long nonce) implements HandoverFrame {}

  /** A part of the flows that a node serves for the receiver. */
  record FlowList(HandedOverFlows flows) implements HandoverFrame {}

  /** The receiver has all flows of an address that the sender had before. */
  record FlowsComplete(InetAddress address) implements HandoverFrame {}

  /** The sender has no flow of these addresses any longer. */
  record AddressesReleased(Set<InetAddress> addresses) implements HandoverFrame {}

  /** As many frames as it needs. */
  static List<ClaimFrame> flowLists(HandedOverFlows all) {
    List<ClaimFrame> frames = new ArrayList<>();
    List<FiveTuple> flows = all.flows();
    for (int from = 0; from < flows.size(); from += MAX_ENTRIES) {
      List<FiveTuple> part = flows.subList(from, Math.min(flows.size(), from + MAX_ENTRIES));
      frames.add(
          new FlowList(
              new HandedOverFlows(all.address(), all.formerOwner(), all.remaining(), part)));
    }
    return frames;
  }

  /** Sets of a size that fits into a frame. */
  static List<Set<InetAddress>> parts(Set<InetAddress> addresses) {
    List<InetAddress> all = List.copyOf(addresses);
    List<Set<InetAddress>> parts = new ArrayList<>();
    for (int from = 0; from < all.size(); from += MAX_ENTRIES) {
      parts.add(Set.copyOf(all.subList(from, Math.min(all.size(), from + MAX_ENTRIES))));
    }
    return parts;
  }

  static void encode(HandoverFrame frame, ByteBuffer buffer) {
    switch (frame) {
      case HandoverRequest(long nonce, Set<InetAddress> addresses) -> {
        buffer.put((byte) 9).putLong(nonce);
        putAddresses(addresses, buffer);
      }
      case HandoverReady(long nonce) -> buffer.put((byte) 10).putLong(nonce);
      case FlowList(HandedOverFlows flows) -> putFlows(flows, buffer.put((byte) 11));
      case FlowsComplete(InetAddress address) -> putAddress(address, buffer.put((byte) 12));
      case AddressesReleased(Set<InetAddress> addresses) ->
          putAddresses(addresses, buffer.put((byte) 13));
    }
  }

  private static void putAddresses(Set<InetAddress> addresses, ByteBuffer buffer) {
    buffer.putShort((short) addresses.size());
    addresses.forEach(address -> putAddress(address, buffer));
  }

  private static void putAddress(InetAddress address, ByteBuffer buffer) {
    ClaimFrame.putSized(address.getAddress(), buffer);
  }

  private static void putFlows(HandedOverFlows flows, ByteBuffer buffer) {
    putAddress(flows.address(), buffer);
    ClaimFrame.putSized(flows.formerOwner().getBytes(UTF_8), buffer);
    buffer.putLong(flows.remaining().toMillis());
    buffer.putShort((short) flows.flows().size());
    for (FiveTuple flow : flows.flows()) {
      putAddress(flow.client(), buffer);
      buffer.putShort((short) flow.clientPort());
      buffer.put(flow.frontend().protocol().number());
      buffer.putShort((short) flow.frontend().port());
    }
  }

  /** Reads what follows the type. */
  static ClaimFrame decode(int type, ByteBuffer buffer) throws UnknownHostException {
    return switch (type) {
      case 9 -> new HandoverRequest(buffer.getLong(), addresses(buffer));
      case 10 -> new HandoverReady(buffer.getLong());
      case 11 -> new FlowList(flows(buffer));
      case 12 -> new FlowsComplete(address(buffer));
      case 13 -> new AddressesReleased(addresses(buffer));
      default -> new Unknown(type);
    };
  }

  private static Set<InetAddress> addresses(ByteBuffer buffer) throws UnknownHostException {
    int count = Short.toUnsignedInt(buffer.getShort());
    Set<InetAddress> addresses = new HashSet<>();
    for (int i = 0; i < count; i++) {
      addresses.add(address(buffer));
    }
    return addresses;
  }

  private static InetAddress address(ByteBuffer buffer) throws UnknownHostException {
    return InetAddress.getByAddress(ClaimFrame.sized(buffer));
  }

  private static HandedOverFlows flows(ByteBuffer buffer) throws UnknownHostException {
    InetAddress address = address(buffer);
    String node = new String(ClaimFrame.sized(buffer), UTF_8);
    Duration remaining = Duration.ofMillis(Math.max(0, buffer.getLong()));
    int count = Short.toUnsignedInt(buffer.getShort());
    List<FiveTuple> flows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      InetAddress client = address(buffer);
      int clientPort = Short.toUnsignedInt(buffer.getShort());
      Protocol protocol = buffer.get() == Protocol.TCP.number() ? Protocol.TCP : Protocol.UDP;
      int port = Short.toUnsignedInt(buffer.getShort());
      flows.add(new FiveTuple(client, clientPort, new Binding(address, port, protocol)));
    }
    return new HandedOverFlows(address, node, remaining, flows);
  }
}
