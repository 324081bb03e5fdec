package dev.ballast.dataplane.server.announce;

import dev.ballast.dataplane.core.address.AnnouncePolicy;
import dev.ballast.dataplane.server.announce.AcquireResult.AcquireRejected;
import dev.ballast.dataplane.server.announce.AcquireResult.RejectionReason;
import dev.ballast.dataplane.server.announce.InterfaceSnapshot.InterfaceChoice;
import dev.ballast.dataplane.server.announce.route.LocalRoutes;
import dev.ballast.dataplane.server.announce.route.RouteMonitor;
import dev.ballast.dataplane.server.steering.Steering;
import dev.ballast.logging.LogKeys;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Announces addresses by gratuitous ARP and unsolicited Neighbor Advertisements, after it has made
 * them local by a route. It sends at once, twice more within a second because frames get lost, and
 * every minute because switches and neighbors forget entries or learn wrong ones.
 *
 * <p>It compares routes and interfaces with what they should be, and restores them.
 */
final class ArpNdpAnnouncer implements Announcer {

  private static final Logger log = LoggerFactory.getLogger(ArpNdpAnnouncer.class);
  private static final List<Long> BURST_MILLIS = List.of(300L, 1000L);

  /** The other node may stop announcing some time after its report. */
  private static final List<Long> HANDOVER_MILLIS = List.of(0L, 300L, 1000L, 3000L);

  private static final long REFRESH_SECONDS = 60;

  private final NetworkInterfaces networkInterfaces;
  private final AddressRoutes routes;
  private final ScheduledThreadPoolExecutor timer;
  private final AddressConflictDetector conflicts;
  private final ArpNdpSender sender = new ArpNdpSender();
  private final NeighborResponder responder;

  /** The addresses that this node has acquired. */
  private final Map<InetAddress, AcquiredAddress> acquired = new HashMap<>();

  private volatile Runnable onLost = () -> {};
  private @Nullable RouteMonitor monitor;
  private boolean stopped;

  private ArpNdpAnnouncer(Optional<String> networkInterface, Duration probe, Steering steering)
      throws IOException {
    this.networkInterfaces = new NetworkInterfaces(networkInterface);
    this.routes = new AddressRoutes(LocalRoutes.open(), steering);
    this.responder = new NeighborResponder(steering.fencing());
    this.timer =
        new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name("announce").factory());
    // Notifications may come after the end.
    timer.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
    this.conflicts = new AddressConflictDetector(probe, networkInterfaces, timer);
  }

  static ArpNdpAnnouncer start(Optional<String> networkInterface, Duration probe, Steering steering)
      throws IOException {
    var announcer = new ArpNdpAnnouncer(networkInterface, probe, steering);
    announcer.monitor =
        RouteMonitor.start(
            new RouteChangeChecks(
                announcer.timer, announcer::restoreRoutes, announcer::checkInterfaces));
    var unused =
        announcer.timer.scheduleWithFixedDelay(
            announcer::refresh, REFRESH_SECONDS, REFRESH_SECONDS, TimeUnit.SECONDS);
    return announcer;
  }

  @Override
  public synchronized void activate() throws IOException {
    routes.adopt();
  }

  @Override
  public synchronized void deactivate() {
    acquired.clear();
    responder.retainOnly(Set.of());
    conflicts.probe(Map.of());
    conflicts.retainAcquired(Set.of());
    routes.leave();
  }

  @Override
  public void setPolicies(Function<InetAddress, AnnouncePolicy> policies) {
    networkInterfaces.setPolicies(policies);
  }

  @Override
  public boolean isOnLink(InetAddress address) {
    return networkInterfaces.isOnLink(address);
  }

  @Override
  public Optional<OnLinkSource> onLinkSource(InetAddress address) {
    return networkInterfaces.onLinkSource(address);
  }

  @Override
  public void probe(Map<InetAddress, Set<InetAddress>> addresses) {
    conflicts.probe(addresses);
  }

  @Override
  public void setNodeAddresses(Map<InetAddress, String> nodeNames) {
    conflicts.setNodeAddresses(nodeNames);
  }

  @Override
  public void onChange(Runnable probed, Runnable changed) {
    conflicts.onChange(probed, changed);
    onLost = changed;
  }

  @Override
  public synchronized AcquireResult acquire(InetAddress address, boolean anyInterface) {
    AcquiredAddress before = acquired.get(address);
    if (before != null
        && (!networkInterfaces.policy(address).restrictsInterfaces()
            || announceWhereSuitable(address, before, false))) {
      return RejectionMessages.acquired(conflicts.conflictingMac(address));
    }
    if (address.isLoopbackAddress()) {
      acquired.put(address, new AcquiredAddress(anyInterface, Optional.empty()));
      return new AcquireResult.Acquired();
    }
    if (address instanceof Inet6Address && !networkInterfaces.hasIpv6()) {
      return RejectionMessages.ipv6Disabled();
    }
    try {
      return acquire(address, anyInterface, networkInterfaces.snapshot());
    } catch (IOException e) {
      return RejectionMessages.of(
          e, RejectionReason.ANNOUNCEMENT_FAILED, "read the interfaces", "NET_ADMIN");
    }
  }

  private AcquireResult acquire(
      InetAddress address, boolean anyInterface, InterfaceSnapshot snapshot) {
    Optional<String> owner = snapshot.interfaceWith(address);
    if (owner.isPresent()) {
      return RejectionMessages.inUseByInterface(owner.orElseThrow());
    }
    return switch (networkInterfaces.choose(snapshot, address, anyInterface)) {
      // No other node takes over an address that may be at any interface.
      case InterfaceChoice.Unsuitable(RejectionReason reason, String message) ->
          new AcquireRejected(
              anyInterface && reason == RejectionReason.NOT_ON_LINK
                  ? RejectionReason.ANNOUNCEMENT_FAILED
                  : reason,
              message);
      case InterfaceChoice.Suitable(LanInterface lanInterface) ->
          conflicts
              .probeResult(address)
              .flatMap(RejectionMessages::ofProbe)
              .or(() -> makeLocal(address, lanInterface, snapshot))
              .orElseGet(() -> acquireAt(address, anyInterface, lanInterface));
    };
  }

  private Optional<AcquireResult> makeLocal(
      InetAddress address, LanInterface lanInterface, InterfaceSnapshot snapshot) {
    try {
      routes.setArpSources(snapshot.oldestIpv4Addresses());
      return routes.add(address, snapshot.preferredSource(address, lanInterface))
          ? Optional.empty()
          : Optional.of(RejectionMessages.inUseByRoute(address));
    } catch (IOException e) {
      return Optional.of(
          RejectionMessages.of(
              e, RejectionReason.ROUTE_REFUSED, "make the address local", "NET_ADMIN"));
    }
  }

  private AcquireResult acquireAt(
      InetAddress address, boolean anyInterface, LanInterface lanInterface) {
    try {
      announce(address, lanInterface);
    } catch (IOException e) {
      return RejectionMessages.of(
          e, RejectionReason.ANNOUNCEMENT_FAILED, "announce the address", "NET_RAW");
    }
    acquired.put(address, new AcquiredAddress(anyInterface, Optional.of(lanInterface)));
    logAddress(address, "Acquired an address");
    repeatAfter(address, BURST_MILLIS);
    return new AcquireResult.Acquired();
  }

  private void announce(InetAddress address, LanInterface lanInterface) throws IOException {
    if (!stopped) {
      responder.answer(address, lanInterface);
      // Another node may have the address by now. If not, the refresh announces it again.
      if (!responder.isSilent(address)) {
        sender.announce(address, lanInterface);
      }
      conflicts.addAcquired(address, lanInterface);
    }
  }

  @Override
  public synchronized void announceAgain(InetAddress address) {
    if (acquired.containsKey(address)) {
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

  private void repeatAnnouncement(InetAddress address) {
    Optional<AcquiredAddress> before = announcedAddress(address);
    if (before.isPresent() && !announceWhereSuitable(address, before.orElseThrow(), true)) {
      onLost.run();
    }
  }

  private synchronized Optional<AcquiredAddress> announcedAddress(InetAddress address) {
    return stopped
        ? Optional.empty()
        : Optional.ofNullable(acquired.get(address)).filter(a -> a.lanInterface().isPresent());
  }

  /**
   * Announces an acquired address at the interface that is suitable by now.
   *
   * @param always whether to announce it although its interface is the same as before
   * @return false when it is lost: the next reconciliation acquires it, and reports a failure
   */
  private synchronized boolean announceWhereSuitable(
      InetAddress address, AcquiredAddress before, boolean always) {
    if (announcedAddress(address).isEmpty()) {
      return true;
    }
    try {
      switch (networkInterfaces.chooseAgain(
          address, before.anyInterface(), before.lanInterface())) {
        case InterfaceChoice.Unsuitable(RejectionReason _, String message) -> {
          return lose(address, message);
        }
        case InterfaceChoice.Suitable(LanInterface now) -> {
          boolean moved = before.lanInterface().filter(now::isSameAs).isEmpty();
          if (always || moved) {
            announce(address, now);
          }
          if (moved) {
            acquired.put(address, new AcquiredAddress(before.anyInterface(), Optional.of(now)));
            logAddress(address, "Announcing an address again, because its interface has changed");
            repeatAfter(address, BURST_MILLIS);
          }
          return true;
        }
      }
    } catch (IOException e) {
      return lose(address, String.valueOf(e.getMessage()));
    }
  }

  private boolean lose(InetAddress address, String cause) {
    acquired.remove(address);
    responder.stopAnswering(address);
    log.atWarn()
        .addKeyValue(LogKeys.ADDRESS, address.getHostAddress())
        .addKeyValue(LogKeys.CAUSE, cause)
        .log("Cannot announce an address again, retrying");
    return false;
  }

  private void refresh() {
    routes.interfacesChanged();
    restoreRoutes();
    acquired().forEach(this::repeatAnnouncement);
    conflicts.refresh(acquired());
  }

  @Override
  public synchronized Set<InetAddress> acquired() {
    return Set.copyOf(acquired.keySet());
  }

  @Override
  public List<OnLinkInterface> onLinkInterfaces() {
    return networkInterfaces.onLinkInterfaces();
  }

  private void restoreRoutes() {
    if (!restoreRoutesOnce()) {
      onLost.run();
    }
  }

  /** Returns false when an address is not local any more. */
  private synchronized boolean restoreRoutesOnce() {
    try {
      InterfaceSnapshot snapshot = networkInterfaces.snapshot();
      routes.setArpSources(snapshot.oldestIpv4Addresses());
      Set<InetAddress> lost =
          routes.restore(snapshot.ownAddresses(), address -> source(snapshot, address));
      lost.forEach(acquired::remove);
      lost.forEach(responder::stopAnswering);
      return lost.isEmpty();
    } catch (IOException e) {
      log.atWarn()
          .addKeyValue(LogKeys.CAUSE, e.getMessage())
          .log("Cannot compare the local routes with the acquired addresses, retrying");
      return true;
    }
  }

  private Optional<InetAddress> source(InterfaceSnapshot snapshot, InetAddress address) {
    return Optional.ofNullable(acquired.get(address))
        .flatMap(AcquiredAddress::lanInterface)
        .flatMap(lanInterface -> snapshot.preferredSource(address, lanInterface));
  }

  private void checkInterfaces() {
    networkInterfaces.invalidate();
    routes.interfacesChanged();
    restoreRoutes();
    boolean lost = false;
    for (InetAddress address : acquired()) {
      Optional<AcquiredAddress> before = announcedAddress(address);
      lost |= before.isPresent() && !announceWhereSuitable(address, before.orElseThrow(), false);
    }
    if (lost) {
      onLost.run();
    }
  }

  @Override
  public synchronized void withdraw(InetAddress address) {
    if (acquired.remove(address) != null) {
      conflicts.retainAcquired(acquired.keySet());
      responder.stopAnswering(address);
      logAddress(address, "Withdrew an address, which another node announces from now on");
    }
  }

  /** Not synchronized: it must not wait for a system call. */
  @Override
  public void silence(Set<InetAddress> addresses) {
    responder.silence(addresses);
  }

  @Override
  public synchronized Set<InetAddress> releaseAllExcept(Set<InetAddress> keep) {
    acquired.keySet().retainAll(keep);
    conflicts.retainAcquired(keep);
    responder.retainOnly(keep);
    return routes.releaseAllExcept(keep);
  }

  private static void logAddress(InetAddress address, String message) {
    log.atInfo().addKeyValue(LogKeys.ADDRESS, address.getHostAddress()).log(message);
  }

  @Override
  public long restoredRoutes() {
    return routes.restoredCount();
  }

  @Override
  public synchronized void stopAnnouncing() {
    stopped = true;
    conflicts.close();
    responder.answerUnicastOnly();
  }

  @Override
  public synchronized void close() {
    stopped = true;
    conflicts.close();
    if (monitor != null) {
      monitor.close();
    }
    timer.shutdownNow();
    var unused = releaseAllExcept(Set.of());
    routes.close();
    sender.close();
    responder.close();
  }
}
