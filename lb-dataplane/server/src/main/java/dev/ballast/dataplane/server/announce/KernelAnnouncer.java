package dev.ballast.dataplane.server.announce;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
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
 * Takes addresses by local routes, and tells the LAN by gratuitous ARP: at once, twice more within
 * a second since frames get lost, and every minute since switches and neighbours forget, or learn
 * wrong.
 */
final class KernelAnnouncer implements Announcer {

  private static final Logger log = LoggerFactory.getLogger(KernelAnnouncer.class);
  private static final List<Long> BURST_MILLIS = List.of(300L, 1000L);
  private static final long REFRESH_SECONDS = 60;

  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW = 3;

  private final Lan lan;
  private final LocalRoutes routes;
  private final ScheduledThreadPoolExecutor timer;

  /** Taken and told of. */
  private final Set<InetAddress> held = new HashSet<>();

  /** Local by a route of this process, and not because an interface has them. */
  private final Set<InetAddress> routed = new HashSet<>();

  private @Nullable RawSocket packets;
  private boolean hushed;

  private KernelAnnouncer(Lan lan, LocalRoutes routes) {
    this.lan = lan;
    this.routes = routes;
    this.timer =
        new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name("announce").factory());
  }

  /** Removes what a predecessor that was killed may have left. */
  static KernelAnnouncer start(Optional<String> networkInterface) throws IOException {
    var announcer = new KernelAnnouncer(new Lan(networkInterface), LocalRoutes.open());
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
  public boolean speaks() {
    return true;
  }

  @Override
  public synchronized Taken take(InetAddress address) {
    if (held.contains(address)) {
      return new Taken.Held();
    }
    try {
      if (routes.add(address)) {
        routed.add(address);
      }
    } catch (IOException e) {
      return refused(e, "RouteRefused", "taking an address", "NET_ADMIN");
    }
    try {
      tell(address);
    } catch (IOException e) {
      return refused(e, "AnnouncementFailed", "gratuitous ARP", "NET_RAW");
    }
    held.add(address);
    say(address, "took an address");
    for (long millis : BURST_MILLIS) {
      var unused = timer.schedule(() -> repeat(address), millis, TimeUnit.MILLISECONDS);
    }
    return new Taken.Held();
  }

  private static Taken refused(IOException e, String reason, String what, String capability) {
    return e instanceof ErrnoException errno && errno.isPermission()
        ? new Taken.Refused(
            "PermissionDenied",
            "%s needs the capability %s: add it to the container's securityContext (%s)"
                .formatted(what, capability, e.getMessage()))
        : new Taken.Refused(reason, "%s failed: %s".formatted(what, e.getMessage()));
  }

  /**
   * IPv4 only so far. The kernel answers neighbour solicitations for addresses of an interface, not
   * for local routes, so an IPv6 address is reached by routes that lead to this node;
   * advertisements to the LAN (RFC 4861, section 7.2.6) have their place here.
   */
  private void tell(InetAddress address) throws IOException {
    if (hushed || !(address instanceof Inet4Address ip) || address.isLoopbackAddress()) {
      return;
    }
    Lan.Port port =
        lan.portFor(address)
            .orElseThrow(
                () ->
                    new IOException(
                        "no Ethernet interface has this subnet or a default route: name one by"
                            + " BALLAST_INTERFACE"));
    RawSocket socket = packets;
    if (socket == null) {
      // Protocol 0: it sends, and receives nothing.
      socket = RawSocket.open("AF_PACKET", AF_PACKET, SOCK_RAW, 0);
      packets = socket;
    }
    byte[] destination = ArpAnnouncement.destination(port.index);
    socket.send(ArpAnnouncement.frame(ArpAnnouncement.REQUEST, ip, port.mac), destination);
    socket.send(ArpAnnouncement.frame(ArpAnnouncement.REPLY, ip, port.mac), destination);
  }

  private synchronized void repeat(InetAddress address) {
    if (!held.contains(address) || hushed) {
      return;
    }
    try {
      tell(address);
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
  }

  @Override
  public synchronized void keepOnly(Set<InetAddress> keep) {
    held.retainAll(keep);
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
  public synchronized void hush() {
    hushed = true;
  }

  @Override
  public synchronized void close() {
    hushed = true;
    timer.shutdownNow();
    keepOnly(Set.of());
    routes.close();
    RawSocket socket = packets;
    if (socket != null) {
      socket.close();
      packets = null;
    }
  }
}
