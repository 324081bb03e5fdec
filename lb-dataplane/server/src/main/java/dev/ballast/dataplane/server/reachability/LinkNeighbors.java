package dev.ballast.dataplane.server.reachability;

import dev.ballast.dataplane.server.announce.OnLinkSource;
import dev.ballast.dataplane.server.heartbeat.NeighborProbe;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Function;

/** The machines on the links of this node. */
public final class LinkNeighbors implements NeighborProbe {

  private final InetAddress own;
  private final Function<InetAddress, Optional<OnLinkSource>> sources;
  private final ReachabilityProbe probe = ReachabilityProbe.overPacketSockets();

  /** The latest one. Without a carrier, its route may be gone. */
  private volatile Optional<InetAddress> gateway;

  /**
   * @param own an address of this node, whose family selects the gateway
   * @param sources where this node is in the subnet of an address; empty if it is not
   */
  public LinkNeighbors(InetAddress own, Function<InetAddress, Optional<OnLinkSource>> sources) {
    this.own = own;
    this.sources = sources;
    this.gateway = link().flatMap(it -> DefaultGateway.find(own, it.getName()));
  }

  @Override
  public boolean askGateway(Consumer<Boolean> answer) {
    Optional<NetworkInterface> link = link();
    gateway = link.flatMap(it -> DefaultGateway.find(own, it.getName())).or(() -> gateway);
    if (gateway.isEmpty()) {
      return false;
    }
    if (link.isEmpty()) {
      answer.accept(false);
      return true;
    }
    return ask(gateway.orElseThrow(), link.orElseThrow().getIndex(), answer);
  }

  /** The interface of this node's address; empty without a carrier. */
  private Optional<NetworkInterface> link() {
    try {
      // The JDK means the flags IFF_UP and IFF_RUNNING, of which the second one needs a carrier.
      NetworkInterface found = NetworkInterface.getByInetAddress(own);
      return Optional.ofNullable(found != null && found.isUp() ? found : null);
    } catch (SocketException e) {
      return Optional.empty();
    }
  }

  @Override
  public boolean ask(InetAddress address, Consumer<Boolean> answer) {
    return link()
        .map(NetworkInterface::getIndex)
        .filter(it -> ask(address, it, answer))
        .isPresent();
  }

  /** Asks only where the heartbeats leave: a neighbor elsewhere says nothing about that network. */
  private boolean ask(InetAddress address, int interfaceIndex, Consumer<Boolean> answer) {
    Optional<OnLinkSource> source =
        sources.apply(address).filter(it -> it.interfaceIndex() == interfaceIndex);
    source.ifPresent(
        it ->
            probe.check(
                new ProbeTarget(address, OptionalInt.empty(), it),
                result -> answer.accept(result instanceof ReachabilityResult.Reachable)));
    return source.isPresent();
  }
}
