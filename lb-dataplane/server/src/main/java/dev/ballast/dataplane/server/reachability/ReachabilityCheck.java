package dev.ballast.dataplane.server.reachability;

import dev.ballast.dataplane.server.announce.packet.ArpPacket;
import dev.ballast.dataplane.server.announce.packet.NeighborSolicitation;
import dev.ballast.dataplane.server.reachability.packet.ProbeAnswer;
import dev.ballast.dataplane.server.reachability.packet.TcpConnection;
import dev.ballast.dataplane.server.reachability.packet.TcpFrame;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * One check: decides which frame comes next, and what the answers mean. First asks for the MAC
 * address of the neighbor, then opens a connection there and resets it. Not thread-safe.
 */
final class ReachabilityCheck {

  /**
   * How long to wait after each request for the MAC address. Frames get lost, so each question is
   * asked three times.
   */
  private static final List<Duration> NEIGHBOR_TIMEOUTS =
      List.of(Duration.ofMillis(150), Duration.ofMillis(250), Duration.ofMillis(300));

  /**
   * How long to wait after each SYN. The other kernel may have to ask for the MAC address of this
   * node. When that frame is lost, it repeats it after a second.
   */
  private static final List<Duration> SYN_TIMEOUTS =
      List.of(Duration.ofMillis(250), Duration.ofMillis(450), Duration.ofMillis(700));

  private static final HexFormat MAC_FORMAT = HexFormat.ofDelimiter(":");

  private final ProbeTarget target;
  private final TcpConnection connection;
  private final int sequence;
  private final byte[] ownMac;

  /** Of the neighbor; empty until it has answered. */
  private Optional<String> mac = Optional.empty();

  private int sent;

  /** What to do next. */
  sealed interface Step {

    /** To send a frame, and to take {@link #next} when nothing has come by the timeout. */
    final class Send implements Step {
      final byte[] frame;
      final Duration timeout;

      Send(byte[] frame, Duration timeout) {
        this.frame = frame;
        this.timeout = timeout;
      }
    }

    /**
     * The check has ended.
     *
     * @param reset a last frame to send, which leaves no half-open connection
     */
    record Finish(ReachabilityResult result, Optional<byte[]> reset) implements Step {}

    /** To go on waiting. */
    record Ignore() implements Step {}
  }

  /**
   * @param localPort of the connection
   * @param sequence the first sequence number of the connection, which no one can guess
   */
  ReachabilityCheck(ProbeTarget target, int localPort, int sequence) {
    this.target = target;
    this.connection =
        new TcpConnection(
            target.source().address(), localPort, target.address(), target.port().orElse(0));
    this.sequence = sequence;
    this.ownMac = MAC_FORMAT.parseHex(target.source().mac());
  }

  /** The first step, and the one after each timeout. */
  Step next() {
    List<Duration> timeouts = mac.isPresent() ? SYN_TIMEOUTS : NEIGHBOR_TIMEOUTS;
    if (sent == timeouts.size()) {
      return mac.<Step>map(known -> finish(new ReachabilityResult.NoConnectionAnswer(known)))
          .orElseGet(
              () -> new Step.Finish(new ReachabilityResult.NoNeighborAnswer(), Optional.empty()));
    }
    Duration timeout = timeouts.get(sent);
    sent++;
    return new Step.Send(mac.map(this::syn).orElseGet(this::neighborRequest), timeout);
  }

  private byte[] syn(String neighborMac) {
    return TcpFrame.syn(connection, sequence, ownMac, MAC_FORMAT.parseHex(neighborMac));
  }

  private byte[] neighborRequest() {
    InetAddress own = target.source().address();
    return target.address() instanceof Inet6Address ip
        ? NeighborSolicitation.request(ip, (Inet6Address) own, ownMac)
        : ArpPacket.request((Inet4Address) target.address(), (Inet4Address) own, ownMac);
  }

  Step received(ProbeAnswer answer) {
    return switch (answer) {
      case ProbeAnswer.NeighborAnswer(InetAddress address, String neighborMac) ->
          mac.isEmpty() && address.equals(target.address())
              ? neighborFound(neighborMac)
              : new Step.Ignore();
      case ProbeAnswer.ConnectionAnswer(TcpConnection answered, int number, boolean accepted) ->
          number == sequence + 1
              ? ofConnection(
                  answered,
                  accepted
                      ? ReachabilityResult.Reachable::new
                      : ReachabilityResult.ConnectionRefused::new)
              : new Step.Ignore();
      case ProbeAnswer.UnreachableAnswer(TcpConnection quoted, int number, InetAddress by) ->
          number == sequence
              ? ofConnection(quoted, known -> new ReachabilityResult.Prohibited(known, by))
              : new Step.Ignore();
    };
  }

  private Step neighborFound(String neighborMac) {
    mac = Optional.of(neighborMac);
    sent = 0;
    return target.port().isPresent()
        ? next()
        : new Step.Finish(new ReachabilityResult.Reachable(neighborMac), Optional.empty());
  }

  private Step ofConnection(TcpConnection answered, Function<String, ReachabilityResult> result) {
    return mac.filter(_ -> answered.equals(connection))
        .<Step>map(known -> finish(result.apply(known)))
        .orElseGet(Step.Ignore::new);
  }

  /** The answer to a SYN may be lost, or still to come: the reset is sent in any case. */
  private Step finish(ReachabilityResult result) {
    return new Step.Finish(
        result,
        mac.map(
            known -> TcpFrame.reset(connection, sequence + 1, ownMac, MAC_FORMAT.parseHex(known))));
  }
}
