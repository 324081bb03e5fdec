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
  public void askGateway(Consumer<Boolean> answer) {
    DefaultGateway.find(own).ifPresent(gateway -> ask(gateway, answer));
  }

  @Override
  public void ask(InetAddress address, Consumer<Boolean> answer) {
    sources
        .apply(address)
        .ifPresent(
            source ->
                probe.check(
                    new ProbeTarget(address, OptionalInt.empty(), source),
                    result -> answer.accept(result instanceof ReachabilityResult.Reachable)));
  }
}
