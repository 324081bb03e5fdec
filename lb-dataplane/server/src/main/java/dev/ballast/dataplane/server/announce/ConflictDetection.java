package dev.ballast.dataplane.server.announce;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks on the LAN whether another machine has an address, before this one takes it and as long as
 * it has it (RFC 5227; RFC 4862, section 5.4). Which machines are nodes of the cluster is asked in
 * the same way, by their own addresses, when an unknown one answers. See docs/adr/0012.
 */
final class ConflictDetection implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ConflictDetection.class);

  /** For nodes to say who they are; nobody waits for that but whom a stranger concerns. */
  private static final Duration INQUIRY = Duration.ofMillis(100);

  private final Duration wait;
  private final Lan lan;
  private final ScheduledExecutorService timer;
  private final Rivals rivals = new Rivals();

  /** Where addresses are probed or held. */
  private final Map<InetAddress, Lan.Port> watched = new ConcurrentHashMap<>();

  private volatile Set<InetAddress> nodes = Set.of();
  private volatile Runnable answered = () -> {};
  private volatile Runnable contested = () -> {};
  private volatile boolean closed;
  private @Nullable RawSocket out;
  private @Nullable Ear arp;
  private @Nullable Ear advertisements;

  /**
   * @param wait for an answer to the first probe; zero: nobody is asked
   */
  ConflictDetection(Duration wait, Lan lan, ScheduledExecutorService timer) {
    this.wait = wait;
    this.lan = lan;
    this.timer = timer;
  }

  void onNews(Runnable answer, Runnable contest) {
    answered = answer;
    contested = contest;
  }

  /** The addresses of the cluster's nodes. */
  void nodes(Set<InetAddress> addresses) {
    nodes = addresses;
  }

  /** Asks for those of these that are not being asked for, and forgets all others. */
  synchronized void probe(Set<InetAddress> wanted) {
    if (closed || wait.isZero()) {
      return;
    }
    rivals.probeOnly(wanted);
    long now = System.nanoTime();
    Set<InetAddress> due =
        wanted.stream()
            .filter(address -> !address.isLoopbackAddress() && rivals.begin(address, now))
            .collect(Collectors.toUnmodifiableSet());
    if (due.isEmpty()) {
      return;
    }
    try {
      Lan.Sight sight = lan.look();
      for (InetAddress address : due) {
        begin(address, sight);
      }
    } catch (IOException e) {
      // Whoever takes the address finds the same in the way, and tells.
      log.debug("not asked whether addresses are in use: {}", e.getMessage());
      due.forEach(rivals::lapse);
    }
  }

  private void begin(InetAddress address, Lan.Sight sight) throws IOException {
    Optional<Lan.Port> port = sight.portFor(address);
    Optional<String> unusable = sight.whyUnusable(address);
    if (unusable.isPresent() || port.isEmpty()) {
      unusable.ifPresentOrElse(why -> rivals.refuse(address, why), () -> rivals.lapse(address));
      return;
    }
    watch(address, port.get());
    ask(address, port.get());
    // Once more, since frames get lost.
    after(wait.dividedBy(2), () -> askAgain(address));
    after(wait, () -> lapse(address));
  }

  private void after(Duration delay, Runnable action) {
    try {
      var unused = timer.schedule(action, delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("not asked any more: this node is leaving");
    }
  }

  private void askAgain(InetAddress address) {
    synchronized (this) {
      Lan.Port port = watched.get(address);
      if (port == null || closed) {
        return;
      }
      try {
        ask(address, port);
      } catch (IOException e) {
        log.debug("not asked a second time: {}", e.getMessage());
      }
    }
  }

  private void lapse(InetAddress address) {
    synchronized (this) {
      rivals.lapse(address);
    }
    answered.run();
  }

  /** What is known of an address that was asked for; empty when it was not. */
  synchronized Optional<Rivals.Finding> found(InetAddress address) {
    return rivals.found(address);
  }

  /** This node has taken it. */
  synchronized void hold(InetAddress address, Lan.Port port) {
    if (closed || wait.isZero()) {
      return;
    }
    rivals.hold(address);
    try {
      watch(address, port);
    } catch (IOException e) {
      log.warn("conflicts of addresses are not noticed: {}", e.getMessage());
    }
  }

  synchronized void holdOnly(Set<InetAddress> keep) {
    rivals.holdOnly(keep);
    watched.keySet().removeIf(a -> !keep.contains(a) && rivals.found(a).isEmpty());
  }

  /** The stranger that answers for an address which this node has. */
  synchronized Optional<String> conflict(InetAddress address) {
    return rivals.conflict(address);
  }

  /** Asks who else has what this node has: some machines speak only when they are asked. */
  void refresh(Set<InetAddress> held) {
    held.forEach(this::askAgain);
    boolean over;
    synchronized (this) {
      over = rivals.expire(System.nanoTime());
    }
    if (over) {
      contested.run();
    }
  }

  private void watch(InetAddress address, Lan.Port port) throws IOException {
    watched.put(address, port);
    if (address instanceof Inet4Address && arp == null) {
      arp = Ear.forArp(this::heard);
    } else if (address instanceof Inet6Address && advertisements == null) {
      advertisements = Ear.forAdvertisements(this::heard);
    }
  }

  private void ask(InetAddress address, Lan.Port port) throws IOException {
    RawSocket socket = out;
    if (socket == null) {
      socket = RawSocket.open("AF_PACKET", LinkAddress.AF_PACKET, LinkAddress.SOCK_RAW, 0);
      out = socket;
    }
    if (address instanceof Inet6Address ip) {
      socket.send(
          NeighborSolicitation.probe(ip, port.mac),
          LinkAddress.of(NeighborAdvertisement.ETH_P_IPV6, port.index));
    } else if (address instanceof Inet4Address ip) {
      socket.send(ArpAnnouncement.probe(ip, port.mac), ArpAnnouncement.destination(port.index));
    }
  }

  private void heard(Claim claim, int interfaceIndex) {
    Lan.Port port = watched.get(claim.address());
    boolean node = nodes.contains(claim.address());
    if (closed || (!node && (port == null || port.index != interfaceIndex))) {
      return;
    }
    boolean tell = false;
    synchronized (this) {
      long now = System.nanoTime();
      if (node) {
        rivals.isNode(claim.mac(), now);
      } else if (port != null) {
        tell =
            switch (rivals.heard(claim, now)) {
              case NOTHING -> false;
              case TELL -> true;
              case ASK_WHO -> inquire(claim.mac(), port);
            };
      }
    }
    if (tell) {
      contested.run();
    }
  }

  /** Returns whether that is known at once. */
  private boolean inquire(String mac, Lan.Port port) {
    try {
      if (isOwn(mac)) {
        rivals.isNode(mac, System.nanoTime());
        return rivals.judge(mac, System.nanoTime());
      }
      for (InetAddress node : nodes) {
        ask(node, port);
      }
    } catch (IOException e) {
      log.debug("nodes not asked who they are: {}", e.getMessage());
    }
    if (nodes.isEmpty()) {
      return rivals.judge(mac, System.nanoTime());
    }
    after(INQUIRY, () -> judge(mac));
    return false;
  }

  private void judge(String mac) {
    boolean tell;
    synchronized (this) {
      tell = rivals.judge(mac, System.nanoTime());
    }
    if (tell) {
      contested.run();
    }
  }

  private static boolean isOwn(String mac) throws IOException {
    for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
      byte[] own = each.getHardwareAddress();
      if (own != null && Claim.mac(own).equals(mac)) {
        return true;
      }
    }
    return false;
  }

  /** Hears and asks nothing from now on. */
  @Override
  public synchronized void close() {
    closed = true;
    if (arp != null) {
      arp.close();
    }
    if (advertisements != null) {
      advertisements.close();
    }
    if (out != null) {
      out.close();
      out = null;
    }
  }
}
