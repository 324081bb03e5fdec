package dev.ballast.dataplane.server.reachability;

import dev.ballast.dataplane.server.announce.OnLinkSource;
import dev.ballast.dataplane.server.heartbeat.NeighborProbe;
import java.net.InetAddress;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Function;

/** The machines on the links of this node. */
public final class LinkNeighbors implements NeighborProbe {

  private final InetAddress own;
  private final Function<InetAddress, Optional<OnLinkSource>> sources;
  private final ReachabilityProbe probe = ReachabilityProbe.overPacketSockets();

  /**
   * @param own an address of this node, whose family selects the gateway
   * @param sources where this node is in the subnet of an address; empty if it is not
   */
  public LinkNeighbors(InetAddress own, Function<InetAddress, Optional<OnLinkSource>> sources) {
    this.own = own;
    this.sources = sources;
  }

  @Override
  public boolean askGateway(Consumer<Boolean> answer) {
    return DefaultGateway.find(own).filter(gateway -> ask(gateway, answer)).isPresent();
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
