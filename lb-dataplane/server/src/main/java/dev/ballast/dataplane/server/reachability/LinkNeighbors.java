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
    this.gateway = DefaultGateway.find(own);
  }

  @Override
  public boolean askGateway(Consumer<Boolean> answer) {
    gateway = DefaultGateway.find(own).or(() -> gateway);
    if (gateway.isPresent() && ask(gateway.orElseThrow(), answer)) {
      return true;
    }
    if (hasCarrier()) {
      return false;
    }
    answer.accept(false);
    return true;
  }

  private boolean hasCarrier() {
    try {
      NetworkInterface link = NetworkInterface.getByInetAddress(own);
      // The JDK means the flags IFF_UP and IFF_RUNNING, of which the second one needs a carrier.
      return link != null && link.isUp();
    } catch (SocketException e) {
      return false;
    }
  }

  @Override
  public boolean ask(InetAddress address, Consumer<Boolean> answer) {
    Optional<OnLinkSource> source = sources.apply(address);
    source.ifPresent(
        it ->
            probe.check(
                new ProbeTarget(address, OptionalInt.empty(), it),
                result -> answer.accept(result instanceof ReachabilityResult.Reachable)));
    return source.isPresent();
  }
}
