package dev.ballast.dataplane.server.announce;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes addresses by local routes, and tells the LAN by gratuitous ARP and unsolicited Neighbor
 * Advertisements: at once, twice more within a second since frames get lost, and every minute since
 * switches and neighbours forget, or learn wrong.
 */
final class ArpNdpAnnouncer implements Announcer {

  private static final Logger log = LoggerFactory.getLogger(ArpNdpAnnouncer.class);
  private static final List<Long> BURST_MILLIS = List.of(300L, 1000L);

  /** The other node may let go a moment after it has said so. */
  private static final List<Long> AGAIN_MILLIS = List.of(0L, 300L, 1000L, 3000L);

  private static final long REFRESH_SECONDS = 60;

  private final NetworkInterfaces networkInterfaces;
  private final LocalRoutes routes;
  private final ScheduledThreadPoolExecutor timer;
  private final AddressConflictDetector conflicts;

  /** Taken and told of. */
  private final Set<InetAddress> held = new HashSet<>();

  /** Local by a route of this process, and not because an interface has them. */
  private final Set<InetAddress> routed = new HashSet<>();

  private @Nullable RawSocket packets;
  private @Nullable NeighborSolicitationResponder neighbors;
  private boolean hushed;

  private ArpNdpAnnouncer(NetworkInterfaces networkInterfaces, LocalRoutes routes, Duration probe) {
    this.networkInterfaces = networkInterfaces;
    this.routes = routes;
    this.timer =
        new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name("announce").factory());
    this.conflicts = new AddressConflictDetector(probe, networkInterfaces, timer);
  }

  /** Removes what a predecessor that was killed may have left. */
  static ArpNdpAnnouncer start(Optional<String> networkInterface, Duration probe)
      throws IOException {
    var announcer =
        new ArpNdpAnnouncer(new NetworkInterfaces(networkInterface), LocalRoutes.open(), probe);
    announcer.removeStale();
    var unused =
        announcer.timer.scheduleWithFixedDelay(
            announcer::refresh, REFRESH_SECONDS, REFRESH_SECONDS, TimeUnit.SECONDS);
    return announcer;
  }

  private synchronized void removeStale() throws IOException {
    for (InetAddress address : routes.ours()) {
      withdraw(address);
      say(address, "withdrew an address that an earlier process had left");
    }
  }

  @Override
  public boolean isAnnouncing() {
    return true;
  }

  @Override
  public void probe(Set<InetAddress> unused) {
    conflicts.probe(unused);
  }

  @Override
  public void setNodeAddresses(Set<InetAddress> addresses) {
    conflicts.nodes(addresses);
  }

  @Override
  public void onChange(Runnable answered, Runnable contested) {
    conflicts.onNews(answered, contested);
  }

  @Override
  public synchronized AcquireResult acquire(InetAddress address) {
    if (held.contains(address)) {
      return conflicts
          .conflict(address)
          .<AcquireResult>map(mac -> new AcquireResult.AcquiredWithConflict(contested(mac)))
          .orElseGet(AcquireResult.Acquired::new);
    }
    Optional<AcquireResult> obstacle = conflicts.found(address).flatMap(ArpNdpAnnouncer::obstacle);
    return obstacle.orElseGet(() -> takeNow(address));
  }

  private static String contested(String mac) {
    return "%s, which is no node of this cluster, answers for it too, so that some clients end up there: take the address from that machine, or move the Service to another address"
        .formatted(mac);
  }

  private static Optional<AcquireResult> obstacle(ConflictTable.ProbeResult found) {
    return switch (found) {
      case ConflictTable.ProbeResult.ProbeRunning() -> Optional.of(new AcquireResult.Probing());
      case ConflictTable.ProbeResult.AddressFree() -> Optional.empty();
      case ConflictTable.ProbeResult.AddressInUse(String mac) ->
          Optional.of(
              new AcquireResult.AcquireRejected(
                  AcquireResult.RejectionReason.ADDRESS_IN_USE,
                  "it answers already on the LAN, from %s, which is no node of this cluster: take the address from that machine, or out of the pool (spec.exclude)"
                      .formatted(mac)));
      case ConflictTable.ProbeResult.AddressUnusable(String why) ->
          Optional.of(
              new AcquireResult.AcquireRejected(
                  AcquireResult.RejectionReason.ADDRESS_UNUSABLE,
                  why + ": take it out of the pool (spec.exclude)"));
    };
  }

  private AcquireResult takeNow(InetAddress address) {
    try {
      if (routes.add(address)) {
        routed.add(address);
      }
    } catch (IOException e) {
      if (address instanceof Inet6Address && !networkInterfaces.hasIpv6()) {
        return new AcquireResult.AcquireRejected(
            AcquireResult.RejectionReason.IPV6_DISABLED,
            "this node has IPv6 switched off: switch it on (sysctl net.ipv6.conf.all.disable_ipv6=0)"
                + " or give the Service no IPv6 address");
      }
      return refused(
          e, AcquireResult.RejectionReason.ROUTE_REFUSED, "taking an address", "NET_ADMIN");
    }
    try {
      tell(address).ifPresent(lanInterface -> conflicts.hold(address, lanInterface));
    } catch (IOException e) {
      return refused(
          e, AcquireResult.RejectionReason.ANNOUNCEMENT_FAILED, "announcing an address", "NET_RAW");
    }
    held.add(address);
    say(address, "took an address");
    repeatAfter(address, BURST_MILLIS);
    return new AcquireResult.Acquired();
  }

  @Override
  public synchronized void announceAgain(InetAddress address) {
    if (held.contains(address)) {
      say(address, "announces an address again, after another node had it for a while");
      repeatAfter(address, AGAIN_MILLIS);
    }
  }

  private void repeatAfter(InetAddress address, List<Long> delays) {
    for (long millis : delays) {
      var unused = timer.schedule(() -> repeat(address), millis, TimeUnit.MILLISECONDS);
    }
  }

  private static AcquireResult refused(
      IOException e, AcquireResult.RejectionReason reason, String what, String capability) {
    return e instanceof ErrnoException errno && errno.isPermission()
        ? new AcquireResult.AcquireRejected(
            AcquireResult.RejectionReason.PERMISSION_DENIED,
            "%s needs the capability %s: add it to the container's securityContext (%s)"
                .formatted(what, capability, e.getMessage()))
        : new AcquireResult.AcquireRejected(
            reason, "%s failed: %s".formatted(what, e.getMessage()));
  }

  /** Returns at which interface; empty where nobody is told. */
  private Optional<NetworkInterfaces.LanInterface> tell(InetAddress address) throws IOException {
    if (hushed || address.isLoopbackAddress()) {
      return Optional.empty();
    }
    NetworkInterfaces.LanInterface lanInterface =
        networkInterfaces
            .portFor(address)
            .orElseThrow(
                () ->
                    new IOException(
                        "no Ethernet interface has this subnet or a default route: name one by"
                            + " BALLAST_INTERFACE"));
    if (address instanceof Inet6Address ip) {
      answer(ip, lanInterface);
      send(
          NeighborAdvertisement.unsolicited(ip, lanInterface.mac),
          LinkLayerAddress.of(NeighborAdvertisement.ETH_P_IPV6, lanInterface.index));
    } else if (address instanceof Inet4Address ip) {
      byte[] destination = GratuitousArp.destination(lanInterface.index);
      send(GratuitousArp.frame(GratuitousArp.REQUEST, ip, lanInterface.mac), destination);
      send(GratuitousArp.frame(GratuitousArp.REPLY, ip, lanInterface.mac), destination);
    }
    return Optional.of(lanInterface);
  }

  private void send(byte[] frame, byte[] destination) throws IOException {
    RawSocket socket = packets;
    if (socket == null) {
      // Protocol 0: it sends, and receives nothing.
      socket =
          RawSocket.open("AF_PACKET", LinkLayerAddress.AF_PACKET, LinkLayerAddress.SOCK_RAW, 0);
      packets = socket;
    }
    socket.send(frame, destination);
  }

  private void answer(Inet6Address address, NetworkInterfaces.LanInterface lanInterface)
      throws IOException {
    NeighborSolicitationResponder discovery = neighbors;
    if (discovery == null) {
      discovery = NeighborSolicitationResponder.start();
      neighbors = discovery;
    }
    discovery.answer(address, lanInterface);
  }

  private synchronized void repeat(InetAddress address) {
    if (!held.contains(address) || hushed) {
      return;
    }
    try {
      tell(address).ifPresent(lanInterface -> conflicts.hold(address, lanInterface));
    } catch (IOException e) {
      // Not held any more: the next pass tries again, and its failure is reported.
      held.remove(address);
      log.atWarn()
          .addKeyValue("address", address.getHostAddress())
          .log("could not be announced again: {}", e.getMessage());
    }
  }

  private void refresh() {
    List<InetAddress> addresses;
    synchronized (this) {
      addresses = List.copyOf(held);
    }
    addresses.forEach(this::repeat);
    conflicts.refresh(Set.copyOf(addresses));
  }

  @Override
  public synchronized void releaseAllExcept(Set<InetAddress> keep) {
    held.retainAll(keep);
    conflicts.holdOnly(keep);
    if (neighbors != null) {
      neighbors.answerOnly(keep);
    }
    for (InetAddress address : List.copyOf(routed)) {
      if (!keep.contains(address)) {
        letGo(address);
      }
    }
  }

  private void letGo(InetAddress address) {
    try {
      withdraw(address);
      routed.remove(address);
      say(address, "let go of an address");
    } catch (IOException e) {
      log.atWarn()
          .addKeyValue("address", address.getHostAddress())
          .log("not let go, will be tried again: {}", e.getMessage());
    }
  }

  private void withdraw(InetAddress address) throws IOException {
    if (!routes.remove(address)) {
      log.debug("{} had no route any more", address);
    }
  }

  private static void say(InetAddress address, String what) {
    log.atInfo().addKeyValue("address", address.getHostAddress()).log(what);
  }

  @Override
  public synchronized void stopAnnouncing() {
    hushed = true;
    conflicts.close();
    if (neighbors != null) {
      neighbors.hush();
    }
  }

  @Override
  public synchronized void close() {
    hushed = true;
    conflicts.close();
    timer.shutdownNow();
    releaseAllExcept(Set.of());
    routes.close();
    RawSocket socket = packets;
    if (socket != null) {
      socket.close();
      packets = null;
    }
    if (neighbors != null) {
      neighbors.close();
      neighbors = null;
    }
  }
}
