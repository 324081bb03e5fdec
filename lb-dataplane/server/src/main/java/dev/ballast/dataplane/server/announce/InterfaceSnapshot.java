package dev.ballast.dataplane.server.announce;

import dev.ballast.dataplane.core.address.AnnouncePolicy;
import dev.ballast.dataplane.server.announce.AcquireResult.RejectionReason;
import dev.ballast.dataplane.server.announce.packet.NeighborEntry;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The interfaces and routes of this node at one moment, and what they mean for an address. Without
 * I/O: {@link NetworkInterfaces} reads them.
 *
 * @param configured the interface for every address; empty: selected by subnet
 */
record InterfaceSnapshot(
    Optional<String> configured,
    List<InterfaceState> interfaces,
    RouteTable ipv4Routes,
    RouteTable ipv6Routes) {

  /**
   * An interface.
   *
   * @param lanInterface empty when it has no MAC address
   * @param up whether it is up and has a carrier
   * @param subnets of its addresses, the newest first
   * @param strictReversePath whether rp_filter makes the kernel drop packets from a machine to
   *     which it would not send by this interface
   */
  record InterfaceState(
      String name,
      Optional<LanInterface> lanInterface,
      boolean up,
      List<Subnet> subnets,
      boolean strictReversePath) {

    /** The length of the longest prefix of a subnet that contains the address; -1 for none. */
    private int longestPrefix(InetAddress address) {
      return subnets.stream()
          .filter(subnet -> subnet.contains(address))
          .mapToInt(Subnet::prefix)
          .max()
          .orElse(-1);
    }
  }

  /** Where an address is announced. */
  sealed interface InterfaceChoice {

    /** At this interface. */
    record Suitable(LanInterface lanInterface) implements InterfaceChoice {}

    /**
     * At no interface of this node.
     *
     * @param message for a person: what happened, why, what to do
     */
    record Unsuitable(RejectionReason reason, String message) implements InterfaceChoice {}
  }

  /** As {@link #choose(InetAddress, AnnouncePolicy, boolean)}, for all interfaces. */
  InterfaceChoice choose(InetAddress address, boolean anyInterface) {
    return choose(address, AnnouncePolicy.ALL, anyInterface);
  }

  /**
   * The configured interface; else the interface whose subnet contains the address, the smallest
   * subnet first, and of several the one by which the kernel sends; else one that the pool names.
   *
   * @param policy which interfaces may announce the address
   * @param anyInterface whether the interface of the default route is suitable when no subnet
   *     contains the address
   */
  InterfaceChoice choose(InetAddress address, AnnouncePolicy policy, boolean anyInterface) {
    if (configured.isPresent()) {
      String name = configured.orElseThrow();
      return policy.allowsInterface(name)
          ? chooseConfigured(address, name)
          : new InterfaceChoice.Unsuitable(
              RejectionReason.NOT_ON_LINK,
              RejectionMessages.configuredInterfaceNotSelected(name, policy));
    }
    return bySubnet(address, policy, true)
        .or(() -> named(policy))
        .or(() -> anyInterface ? defaultInterface(address, policy) : Optional.empty())
        .map(state -> withReversePath(address, state))
        .orElseGet(
            () ->
                new InterfaceChoice.Unsuitable(
                    RejectionReason.NOT_ON_LINK,
                    bySubnet(address, policy, false)
                        .map(down -> RejectionMessages.interfaceDown(address, down.name()))
                        .orElseGet(() -> RejectionMessages.notOnLink(address, policy))));
  }

  /** A name is the word of an administrator, as the configured interface is. */
  private Optional<InterfaceState> named(AnnouncePolicy policy) {
    return interfaces.stream()
        .filter(state -> state.up() && state.lanInterface().isPresent())
        .filter(state -> policy.namesInterface(state.name()))
        .min(Comparator.comparing(InterfaceState::name));
  }

  private InterfaceChoice chooseConfigured(InetAddress address, String name) {
    Optional<InterfaceState> found = byName(name);
    if (found.isEmpty()) {
      return new InterfaceChoice.Unsuitable(
          RejectionReason.NOT_ON_LINK, RejectionMessages.configuredInterfaceMissing(name));
    }
    return found.orElseThrow().up()
        ? withReversePath(address, found.orElseThrow())
        : new InterfaceChoice.Unsuitable(
            RejectionReason.NOT_ON_LINK, RejectionMessages.configuredInterfaceDown(name));
  }

  private Optional<InterfaceState> byName(String name) {
    return interfaces.stream()
        .filter(state -> state.name().equals(name) && state.lanInterface().isPresent())
        .findFirst();
  }

  private Optional<InterfaceState> bySubnet(
      InetAddress address, AnnouncePolicy policy, boolean up) {
    Optional<String> routed = routes(address).onLinkInterface(address);
    return interfaces.stream()
        .filter(state -> state.up() == up && state.lanInterface().isPresent())
        .filter(state -> policy.allowsInterface(state.name()))
        .filter(state -> state.longestPrefix(address) >= 0)
        .max(
            Comparator.comparingInt((InterfaceState state) -> state.longestPrefix(address))
                .thenComparing(state -> routed.equals(Optional.of(state.name()))));
  }

  /**
   * An IPv6 address without an IPv6 default route uses the IPv4 default route, because a LAN mostly
   * has both.
   */
  private Optional<InterfaceState> defaultInterface(InetAddress address, AnnouncePolicy policy) {
    return routes(address)
        .defaultInterface()
        .or(ipv4Routes::defaultInterface)
        .filter(policy::allowsInterface)
        .flatMap(this::byName)
        .filter(InterfaceState::up);
  }

  private RouteTable routes(InetAddress address) {
    return address instanceof Inet4Address ? ipv4Routes : ipv6Routes;
  }

  /** Rejects an interface only where the kernel certainly drops the packets of the whole subnet. */
  private InterfaceChoice withReversePath(InetAddress address, InterfaceState state) {
    Optional<String> other =
        address instanceof Inet4Address && state.strictReversePath()
            ? ipv4Routes.onLinkInterface(address).filter(name -> !name.equals(state.name()))
            : Optional.empty();
    return other.isPresent()
        ? new InterfaceChoice.Unsuitable(
            RejectionReason.REVERSE_PATH_FILTER,
            RejectionMessages.reversePathFilter(address, state.name(), other.orElseThrow()))
        : new InterfaceChoice.Suitable(state.lanInterface().orElseThrow());
  }

  /**
   * The address that processes of this node use to talk to {@code address}: without it, the kernel
   * selects {@code address} itself. Empty when the interface has no address of the same family.
   */
  Optional<InetAddress> preferredSource(InetAddress address, LanInterface lanInterface) {
    List<Subnet> own =
        interfaces.stream()
            .filter(state -> state.name().equals(lanInterface.name))
            .flatMap(state -> state.subnets().stream())
            .filter(subnet -> subnet.address().getClass().equals(address.getClass()))
            .filter(subnet -> !subnet.address().isLinkLocalAddress())
            .toList();
    // The oldest one is the node's own; the others may move to other nodes.
    return Stream.concat(
            own.reversed().stream().filter(subnet -> subnet.contains(address)),
            own.reversed().stream())
        .map(Subnet::address)
        .findFirst();
  }

  /** The interfaces that can announce addresses, by name. Those of Pods have no subnet. */
  List<OnLinkInterface> onLinkInterfaces() {
    return interfaces.stream()
        .filter(state -> configured.isEmpty() || configured.equals(Optional.of(state.name())))
        .filter(state -> state.up() && state.lanInterface().isPresent())
        .map(state -> new OnLinkInterface(state.name(), cidrs(state), state.strictReversePath()))
        .filter(each -> !each.subnets().isEmpty())
        .sorted(Comparator.comparing(OnLinkInterface::name))
        .toList();
  }

  private static List<String> cidrs(InterfaceState state) {
    return state.subnets().stream()
        .filter(subnet -> !subnet.address().isLinkLocalAddress())
        .map(Subnet::cidr)
        .distinct()
        .sorted()
        .toList();
  }

  /**
   * From where this node can talk to the machines on the link of {@code address}; empty when it has
   * no interface for it, or that interface has no address of the same family.
   */
  Optional<OnLinkSource> onLinkSource(InetAddress address) {
    return choose(address, false) instanceof InterfaceChoice.Suitable(LanInterface lanInterface)
        ? preferredSource(address, lanInterface)
            .map(
                source ->
                    new OnLinkSource(
                        lanInterface.index, NeighborEntry.mac(lanInterface.mac), source))
        : Optional.empty();
  }

  /** The oldest IPv4 address of each Ethernet interface that has one, by the interface's index. */
  Map<Integer, Inet4Address> oldestIpv4Addresses() {
    Map<Integer, Inet4Address> oldest = new HashMap<>();
    for (InterfaceState state : interfaces) {
      for (Subnet subnet : state.subnets()) {
        if (state.lanInterface().isPresent() && subnet.address() instanceof Inet4Address address) {
          oldest.put(state.lanInterface().orElseThrow().index, address);
        }
      }
    }
    return oldest;
  }

  /** The addresses that interfaces of this node have. */
  Set<InetAddress> ownAddresses() {
    return interfaces.stream()
        .flatMap(state -> state.subnets().stream())
        .map(Subnet::address)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The interface that has the address itself. */
  Optional<String> interfaceWith(InetAddress address) {
    return interfaces.stream()
        .filter(state -> state.subnets().stream().anyMatch(s -> s.address().equals(address)))
        .map(InterfaceState::name)
        .findFirst();
  }

  /**
   * Why an address of this LAN cannot be announced: it is the address of a gateway, of a network,
   * or for broadcast. Empty when it can be.
   */
  Optional<String> unusableMessage(InetAddress address) {
    if (Stream.concat(ipv4Routes.gateways(), ipv6Routes.gateways()).anyMatch(address::equals)) {
      return Optional.of("it is the gateway of this node's default route");
    }
    return interfaces.stream()
        .flatMap(
            state ->
                state.subnets().stream()
                    .flatMap(subnet -> subnet.unusableMessage(address).stream())
                    .map(what -> what + ", the subnet of this node's " + state.name()))
        .findFirst();
  }
}
