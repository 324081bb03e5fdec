package dev.ballast.dataplane.server.announce;

import dev.ballast.dataplane.server.announce.route.LocalRoutes;
import dev.ballast.dataplane.server.socket.ErrnoException;
import dev.ballast.logging.LogKeys;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Announces addresses by gratuitous ARP and unsolicited Neighbor Advertisements, after it has made
 * them local by a route. It sends at once, twice more within a second because frames get lost, and
 * every minute because switches and neighbors forget entries or learn wrong ones.
 */
final class ArpNdpAnnouncer implements Announcer {

  private static final Logger log = LoggerFactory.getLogger(ArpNdpAnnouncer.class);
  private static final List<Long> BURST_MILLIS = List.of(300L, 1000L);

  /** The other node may stop announcing some time after its report. */
  private static final List<Long> HANDOVER_MILLIS = List.of(0L, 300L, 1000L, 3000L);

  private static final long REFRESH_SECONDS = 60;

  private final NetworkInterfaces networkInterfaces;
  private final LocalRoutes routes;
  private final ScheduledThreadPoolExecutor timer;
  private final AddressConflictDetector conflicts;
  private final ArpNdpSender sender = new ArpNdpSender();

  /** The addresses that this node has acquired. */
  private final Set<InetAddress> announced = new HashSet<>();

  /** Those that are local by a route of this process, and not because an interface has them. */
  private final Set<InetAddress> ownRoutes = new HashSet<>();

  private @Nullable NeighborSolicitationResponder responder;
  private boolean stopped;

  private ArpNdpAnnouncer(NetworkInterfaces networkInterfaces, LocalRoutes routes, Duration probe) {
    this.networkInterfaces = networkInterfaces;
    this.routes = routes;
    this.timer =
        new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name("announce").factory());
    this.conflicts = new AddressConflictDetector(probe, networkInterfaces, timer);
  }

  /** Removes the routes that an earlier process may have left. */
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
    for (InetAddress address : routes.list()) {
      withdraw(address);
      logAddress(address, "Removed the route of an address that an earlier process left");
    }
  }

  @Override
  public boolean isAnnouncing() {
    return true;
  }

  @Override
  public void probe(Map<InetAddress, Set<InetAddress>> addresses) {
    conflicts.probe(addresses.keySet());
  }

  @Override
  public void setNodeAddresses(Map<InetAddress, String> nodeNames) {
    conflicts.setNodeAddresses(nodeNames.keySet());
  }

  @Override
  public boolean isOnLink(InetAddress address) {
    return true;
  }

  @Override
  public void onChange(Runnable probed, Runnable conflict) {
    conflicts.onChange(probed, conflict);
  }

  @Override
  public synchronized AcquireResult acquire(InetAddress address, boolean anyInterface) {
    if (announced.contains(address)) {
      return conflicts
          .conflictingMac(address)
          .<AcquireResult>map(mac -> new AcquireResult.AcquiredWithConflict(conflictMessage(mac)))
          .orElseGet(AcquireResult.Acquired::new);
    }
    Optional<AcquireResult> rejection =
        conflicts.probeResult(address).flatMap(ArpNdpAnnouncer::rejection);
    return rejection.orElseGet(() -> acquireNow(address));
  }

  private static String conflictMessage(String mac) {
    return "also used by %s. That machine is not a cluster node, and some clients may reach it. Remove the address from that machine, or move the Service to another address."
        .formatted(mac);
  }

  private static Optional<AcquireResult> rejection(ConflictTable.ProbeResult found) {
    return switch (found) {
      case ConflictTable.ProbeResult.ProbeRunning() -> Optional.of(new AcquireResult.Probing());
      case ConflictTable.ProbeResult.AddressFree() -> Optional.empty();
      case ConflictTable.ProbeResult.AddressInUse(String mac) ->
          Optional.of(
              new AcquireResult.AcquireRejected(
                  AcquireResult.RejectionReason.ADDRESS_IN_USE,
                  "already in use by %s. That machine is not a cluster node. Remove the address from it, or exclude the address from the pool (spec.exclude)."
                      .formatted(mac)));
      case ConflictTable.ProbeResult.AddressUnusable(String message) ->
          Optional.of(
              new AcquireResult.AcquireRejected(
                  AcquireResult.RejectionReason.ADDRESS_UNUSABLE,
                  message + ". Exclude it from the pool (spec.exclude)."));
    };
  }

  private AcquireResult acquireNow(InetAddress address) {
    try {
      if (routes.add(address)) {
        ownRoutes.add(address);
      }
    } catch (IOException e) {
      if (address instanceof Inet6Address && !networkInterfaces.hasIpv6()) {
        return new AcquireResult.AcquireRejected(
            AcquireResult.RejectionReason.IPV6_DISABLED,
            "IPv6 is disabled on this node. Enable it (sysctl net.ipv6.conf.all.disable_ipv6=0), or give the Service no IPv6 address.");
      }
      return rejected(
          e, AcquireResult.RejectionReason.ROUTE_REFUSED, "add the local route", "NET_ADMIN");
    }
    try {
      announce(address).ifPresent(lanInterface -> conflicts.addAcquired(address, lanInterface));
    } catch (IOException e) {
      return rejected(
          e, AcquireResult.RejectionReason.ANNOUNCEMENT_FAILED, "announce the address", "NET_RAW");
    }
    announced.add(address);
    logAddress(address, "Acquired an address");
    repeatAfter(address, BURST_MILLIS);
    return new AcquireResult.Acquired();
  }

  @Override
  public synchronized void announceAgain(InetAddress address) {
    if (announced.contains(address)) {
      logAddress(
          address, "Announcing an address again, because another node announced it for a while");
      repeatAfter(address, HANDOVER_MILLIS);
    }
  }

  private void repeatAfter(InetAddress address, List<Long> delays) {
    for (long millis : delays) {
      var unused = timer.schedule(() -> repeatAnnouncement(address), millis, TimeUnit.MILLISECONDS);
    }
  }

  private static AcquireResult rejected(
      IOException e, AcquireResult.RejectionReason reason, String action, String capability) {
    return e instanceof ErrnoException errno && errno.isPermission()
        ? new AcquireResult.AcquireRejected(
            AcquireResult.RejectionReason.PERMISSION_DENIED,
            "cannot %s. The process lacks the capability %s. Add it to the container's securityContext. The kernel says: %s."
                .formatted(action, capability, e.getMessage()))
        : new AcquireResult.AcquireRejected(
            reason, "cannot %s: %s".formatted(action, e.getMessage()));
  }

  /** Announces once; returns the interface, or empty where nothing is announced. */
  private Optional<NetworkInterfaces.LanInterface> announce(InetAddress address)
      throws IOException {
    if (stopped || address.isLoopbackAddress()) {
      return Optional.empty();
    }
    NetworkInterfaces.LanInterface lanInterface =
        networkInterfaces
            .interfaceFor(address)
            .orElseThrow(
                () ->
                    new IOException(
                        "no Ethernet interface has the subnet of the address or a default route. Set"
                            + " the Helm value dataplane.interface (BALLAST_INTERFACE) to the interface"
                            + " to use"));
    if (address instanceof Inet6Address ip) {
      answer(ip, lanInterface);
    }
    sender.announce(address, lanInterface);
    return Optional.of(lanInterface);
  }

  private void answer(Inet6Address address, NetworkInterfaces.LanInterface lanInterface)
      throws IOException {
    NeighborSolicitationResponder started = responder;
    if (started == null) {
      started = NeighborSolicitationResponder.start();
      responder = started;
    }
    started.answer(address, lanInterface);
  }

  private synchronized void repeatAnnouncement(InetAddress address) {
    if (!announced.contains(address) || stopped) {
      return;
    }
    try {
      announce(address).ifPresent(lanInterface -> conflicts.addAcquired(address, lanInterface));
    } catch (IOException e) {
      // Not announced any more: the next reconciliation acquires it, and reports a failure.
      announced.remove(address);
      log.atWarn()
          .addKeyValue(LogKeys.ADDRESS, address.getHostAddress())
          .addKeyValue(LogKeys.CAUSE, e.getMessage())
          .log("Cannot announce an address again, retrying");
    }
  }

  private void refresh() {
    List<InetAddress> addresses;
    synchronized (this) {
      addresses = List.copyOf(announced);
    }
    addresses.forEach(this::repeatAnnouncement);
    conflicts.refresh(Set.copyOf(addresses));
  }

  @Override
  public synchronized void releaseAllExcept(Set<InetAddress> keep) {
    announced.retainAll(keep);
    conflicts.retainAcquired(keep);
    if (responder != null) {
      responder.retainOnly(keep);
    }
    for (InetAddress address : List.copyOf(ownRoutes)) {
      if (!keep.contains(address)) {
        release(address);
      }
    }
  }

  private void release(InetAddress address) {
    try {
      withdraw(address);
      ownRoutes.remove(address);
      logAddress(address, "Released an address");
    } catch (IOException e) {
      log.atWarn()
          .addKeyValue(LogKeys.ADDRESS, address.getHostAddress())
          .addKeyValue(LogKeys.CAUSE, e.getMessage())
          .log("Cannot release an address, retrying");
    }
  }

  private void withdraw(InetAddress address) throws IOException {
    if (!routes.remove(address)) {
      log.debug("The route of {} was removed already", address);
    }
  }

  private static void logAddress(InetAddress address, String message) {
    log.atInfo().addKeyValue(LogKeys.ADDRESS, address.getHostAddress()).log(message);
  }

  @Override
  public synchronized void stopAnnouncing() {
    stopped = true;
    conflicts.close();
    if (responder != null) {
      responder.answerUnicastOnly();
    }
  }

  @Override
  public synchronized void close() {
    stopped = true;
    conflicts.close();
    timer.shutdownNow();
    releaseAllExcept(Set.of());
    routes.close();
    sender.close();
    if (responder != null) {
      responder.close();
      responder = null;
    }
  }
}
