package dev.ballast.dataplane.server.announce;

import dev.ballast.dataplane.server.announce.packet.NeighborEntry;
import dev.ballast.dataplane.server.announce.socket.FrameReceiver;
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
final class AddressConflictDetector implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(AddressConflictDetector.class);

  /** For nodes to say who they are; nobody waits for that but whom a stranger concerns. */
  private static final Duration IDENTIFY_TIMEOUT = Duration.ofMillis(100);

  private final Duration probeTimeout;
  private final NetworkInterfaces networkInterfaces;
  private final ScheduledExecutorService timer;
  private final ConflictTable conflictTable = new ConflictTable();
  private final ArpNdpSender sender = new ArpNdpSender();

  /** Where addresses are probed or held. */
  private final Map<InetAddress, NetworkInterfaces.LanInterface> watched =
      new ConcurrentHashMap<>();

  private volatile Set<InetAddress> nodes = Set.of();
  private volatile Runnable onProbeResult = () -> {};
  private volatile Runnable onConflictChange = () -> {};
  private volatile boolean closed;
  private @Nullable FrameReceiver arp;
  private @Nullable FrameReceiver advertisements;

  /**
   * @param probeTimeout for an answer to the first probe; zero: nobody is asked
   */
  AddressConflictDetector(
      Duration probeTimeout, NetworkInterfaces networkInterfaces, ScheduledExecutorService timer) {
    this.probeTimeout = probeTimeout;
    this.networkInterfaces = networkInterfaces;
    this.timer = timer;
  }

  void onChange(Runnable probeResultCallback, Runnable conflictChangeCallback) {
    onProbeResult = probeResultCallback;
    onConflictChange = conflictChangeCallback;
  }

  /** The addresses of the cluster's nodes. */
  void nodes(Set<InetAddress> addresses) {
    nodes = addresses;
  }

  /** Asks for those of these that are not being asked for, and forgets all others. */
  synchronized void probe(Set<InetAddress> wanted) {
    if (closed || probeTimeout.isZero()) {
      return;
    }
    conflictTable.retainProbes(wanted);
    long now = System.nanoTime();
    Set<InetAddress> due =
        wanted.stream()
            .filter(
                address -> !address.isLoopbackAddress() && conflictTable.startProbe(address, now))
            .collect(Collectors.toUnmodifiableSet());
    if (due.isEmpty()) {
      return;
    }
    try {
      NetworkInterfaces.InterfaceSnapshot snapshot = networkInterfaces.snapshot();
      for (InetAddress address : due) {
        startProbe(address, snapshot);
      }
    } catch (IOException e) {
      // Whoever takes the address finds the same in the way, and tells.
      log.debug("not asked whether addresses are in use: {}", e.getMessage());
      due.forEach(conflictTable::endProbe);
    }
  }

  private void startProbe(InetAddress address, NetworkInterfaces.InterfaceSnapshot snapshot)
      throws IOException {
    Optional<NetworkInterfaces.LanInterface> lanInterface = snapshot.interfaceFor(address);
    Optional<String> unusable = snapshot.unusableMessage(address);
    if (unusable.isPresent() || lanInterface.isEmpty()) {
      unusable.ifPresentOrElse(
          message -> conflictTable.markUnusable(address, message),
          () -> conflictTable.endProbe(address));
      return;
    }
    watch(address, lanInterface.get());
    sender.probe(address, lanInterface.get());
    // Once more, since frames get lost.
    schedule(probeTimeout.dividedBy(2), () -> repeatProbe(address));
    schedule(probeTimeout, () -> endProbe(address));
  }

  private void schedule(Duration delay, Runnable action) {
    try {
      var unused = timer.schedule(action, delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("not asked any more: this node is leaving");
    }
  }

  private void repeatProbe(InetAddress address) {
    synchronized (this) {
      NetworkInterfaces.LanInterface lanInterface = watched.get(address);
      if (lanInterface == null || closed) {
        return;
      }
      try {
        sender.probe(address, lanInterface);
      } catch (IOException e) {
        log.debug("not asked a second time: {}", e.getMessage());
      }
    }
  }

  private void endProbe(InetAddress address) {
    synchronized (this) {
      conflictTable.endProbe(address);
    }
    onProbeResult.run();
  }

  /** What is known of an address that was asked for; empty when it was not. */
  synchronized Optional<ConflictTable.ProbeResult> probeResult(InetAddress address) {
    return conflictTable.probeResult(address);
  }

  /** This node has taken it. */
  synchronized void addAcquired(InetAddress address, NetworkInterfaces.LanInterface lanInterface) {
    if (closed || probeTimeout.isZero()) {
      return;
    }
    conflictTable.addAcquired(address);
    try {
      watch(address, lanInterface);
    } catch (IOException e) {
      log.warn("conflicts of addresses are not noticed: {}", e.getMessage());
    }
  }

  synchronized void retainAcquired(Set<InetAddress> keep) {
    conflictTable.retainAcquired(keep);
    watched.keySet().removeIf(a -> !keep.contains(a) && conflictTable.probeResult(a).isEmpty());
  }

  /** The stranger that answers for an address which this node has. */
  synchronized Optional<String> conflictingMac(InetAddress address) {
    return conflictTable.conflictingMac(address);
  }

  /** Asks who else has what this node has: some machines speak only when they are asked. */
  void refresh(Set<InetAddress> acquired) {
    acquired.forEach(this::repeatProbe);
    boolean expired;
    synchronized (this) {
      expired = conflictTable.expireConflicts(System.nanoTime());
    }
    if (expired) {
      onConflictChange.run();
    }
  }

  private void watch(InetAddress address, NetworkInterfaces.LanInterface lanInterface)
      throws IOException {
    watched.put(address, lanInterface);
    if (address instanceof Inet4Address && arp == null) {
      arp = ArpNdpListener.forArp(this::entryReceived);
    } else if (address instanceof Inet6Address && advertisements == null) {
      advertisements = ArpNdpListener.forAdvertisements(this::entryReceived);
    }
  }

  private void entryReceived(NeighborEntry entry, int interfaceIndex) {
    NetworkInterfaces.LanInterface lanInterface = watched.get(entry.address());
    boolean node = nodes.contains(entry.address());
    if (closed || (!node && (lanInterface == null || lanInterface.index != interfaceIndex))) {
      return;
    }
    boolean notify = false;
    synchronized (this) {
      long now = System.nanoTime();
      if (node) {
        conflictTable.addNode(entry.mac(), now);
      } else if (lanInterface != null) {
        notify =
            switch (conflictTable.entryReceived(entry, now)) {
              case NONE -> false;
              case NOTIFY -> true;
              case IDENTIFY -> identify(entry.mac(), lanInterface);
            };
      }
    }
    if (notify) {
      onConflictChange.run();
    }
  }

  /** Returns whether that is known at once. */
  private boolean identify(String mac, NetworkInterfaces.LanInterface lanInterface) {
    try {
      if (isOwn(mac)) {
        conflictTable.addNode(mac, System.nanoTime());
        return conflictTable.classify(mac, System.nanoTime());
      }
      for (InetAddress node : nodes) {
        sender.probe(node, lanInterface);
      }
    } catch (IOException e) {
      log.debug("nodes not asked who they are: {}", e.getMessage());
    }
    if (nodes.isEmpty()) {
      return conflictTable.classify(mac, System.nanoTime());
    }
    schedule(IDENTIFY_TIMEOUT, () -> classify(mac));
    return false;
  }

  private void classify(String mac) {
    boolean notify;
    synchronized (this) {
      notify = conflictTable.classify(mac, System.nanoTime());
    }
    if (notify) {
      onConflictChange.run();
    }
  }

  private static boolean isOwn(String mac) throws IOException {
    for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
      byte[] own = each.getHardwareAddress();
      if (own != null && NeighborEntry.mac(own).equals(mac)) {
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
    sender.close();
  }
}
