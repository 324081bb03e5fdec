package dev.ballast.dataplane.server.announce;

import dev.ballast.dataplane.server.announce.packet.NeighborEntry;
import dev.ballast.dataplane.server.socket.FrameReceiver;
import dev.ballast.logging.LogKeys;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Detects address conflicts by ARP probes and Neighbor Solicitations (RFC 5227; RFC 4862, section
 * 5.4): whether another machine uses an address, before this node acquires it and while it has it.
 * When an unknown machine answers, it probes the addresses of the cluster's nodes, to find out
 * whether that machine is a node. See docs/contributing/adr/0012.
 */
final class AddressConflictDetector implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(AddressConflictDetector.class);

  /** For nodes to answer the probe of their own address. */
  private static final Duration IDENTIFY_TIMEOUT = Duration.ofMillis(100);

  private final Duration probeTimeout;
  private final NetworkInterfaces networkInterfaces;
  private final ScheduledExecutorService timer;
  private final ConflictTable conflictTable = new ConflictTable();
  private final ArpNdpSender sender = new ArpNdpSender();

  /** The interface of each address that is probed or acquired. */
  private final Map<InetAddress, LanInterface> watched = new ConcurrentHashMap<>();

  private volatile Map<InetAddress, String> nodeNames = Map.of();
  private volatile Runnable onProbeResult = () -> {};
  private volatile Runnable onConflictChange = () -> {};
  private volatile boolean closed;
  private @Nullable FrameReceiver arp;
  private @Nullable FrameReceiver advertisements;

  /**
   * @param probeTimeout how long to wait for an answer to a probe; zero: no probes
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

  /** The node of each node address. */
  void setNodeAddresses(Map<InetAddress, String> names) {
    nodeNames = Map.copyOf(names);
  }

  /**
   * Starts the probes of these addresses that are due. Forgets the probes of all others. Without a
   * probe time, it only checks whether an address is the gateway, or has another role in the LAN.
   *
   * @param addresses each with the addresses of the nodes that may use it
   */
  synchronized void probe(Map<InetAddress, Set<InetAddress>> addresses) {
    if (closed) {
      return;
    }
    conflictTable.retainProbes(addresses.keySet());
    long now = System.nanoTime();
    Set<InetAddress> due = new HashSet<>();
    addresses.forEach(
        (address, innocent) -> {
          if (!address.isLoopbackAddress()
              && conflictTable.startProbe(address, names(innocent), now)) {
            due.add(address);
          }
        });
    if (due.isEmpty()) {
      return;
    }
    try {
      InterfaceSnapshot snapshot = networkInterfaces.snapshot();
      for (InetAddress address : due) {
        startProbe(address, snapshot);
      }
    } catch (IOException e) {
      // acquire() fails for the same reason, and reports it.
      log.debug("Cannot probe addresses: {}", e.getMessage());
      due.forEach(conflictTable::endProbe);
    }
  }

  private Set<String> names(Set<InetAddress> addresses) {
    return addresses.stream()
        .map(nodeNames::get)
        .filter(Objects::nonNull)
        .collect(Collectors.toUnmodifiableSet());
  }

  private void startProbe(InetAddress address, InterfaceSnapshot snapshot) throws IOException {
    Optional<String> unusable = snapshot.unusableMessage(address);
    if (unusable.isPresent()) {
      conflictTable.markUnusable(address, unusable.orElseThrow());
      return;
    }
    if (probeTimeout.isZero()) {
      conflictTable.endProbe(address);
      return;
    }
    switch (networkInterfaces.choose(snapshot, address, true)) {
      // acquire() fails for the same reason, and reports it.
      case InterfaceSnapshot.InterfaceChoice.Unsuitable _ -> conflictTable.endProbe(address);
      case InterfaceSnapshot.InterfaceChoice.Suitable(LanInterface lanInterface) -> {
        watch(address, lanInterface);
        sender.probe(address, lanInterface);
        // Twice, because frames get lost.
        schedule(probeTimeout.dividedBy(2), () -> repeatProbe(address));
        schedule(probeTimeout, () -> endProbe(address));
      }
    }
  }

  private void schedule(Duration delay, Runnable action) {
    var unused = timer.schedule(action, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void repeatProbe(InetAddress address) {
    synchronized (this) {
      LanInterface lanInterface = watched.get(address);
      if (lanInterface == null || closed) {
        return;
      }
      try {
        sender.probe(address, lanInterface);
      } catch (IOException e) {
        log.debug("Cannot repeat a probe: {}", e.getMessage());
      }
    }
  }

  private void endProbe(InetAddress address) {
    receiveWaiting();
    synchronized (this) {
      conflictTable.endProbe(address);
    }
    onProbeResult.run();
  }

  /** The answers that have come in time count, also those that wait in a socket. */
  private void receiveWaiting() {
    FrameReceiver ofArp;
    FrameReceiver ofAdvertisements;
    synchronized (this) {
      ofArp = arp;
      ofAdvertisements = advertisements;
    }
    // Without the lock, since the handling of a frame needs it.
    if (ofArp != null) {
      ofArp.receiveWaiting();
    }
    if (ofAdvertisements != null) {
      ofAdvertisements.receiveWaiting();
    }
  }

  /** The result of a probe; empty without a probe. */
  synchronized Optional<ConflictTable.ProbeResult> probeResult(InetAddress address) {
    return conflictTable.probeResult(address);
  }

  /** From now on, a machine that uses this address is in conflict with this node. */
  synchronized void addAcquired(InetAddress address, LanInterface lanInterface) {
    if (closed || probeTimeout.isZero()) {
      return;
    }
    conflictTable.addAcquired(address);
    try {
      watch(address, lanInterface);
    } catch (IOException e) {
      log.atWarn()
          .addKeyValue(LogKeys.ADDRESS, address.getHostAddress())
          .addKeyValue(LogKeys.CAUSE, e.getMessage())
          .log("Cannot detect conflicts of an address");
    }
  }

  synchronized void retainAcquired(Set<InetAddress> keep) {
    conflictTable.retainAcquired(keep);
    watched.keySet().removeIf(a -> !keep.contains(a) && conflictTable.probeResult(a).isEmpty());
  }

  /** The MAC address of the foreign machine that uses an address of this node. */
  synchronized Optional<String> conflictingMac(InetAddress address) {
    return conflictTable.conflictingMac(address);
  }

  /** Probes acquired addresses: some machines send nothing unless they are asked. */
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

  private void watch(InetAddress address, LanInterface lanInterface) throws IOException {
    watched.put(address, lanInterface);
    if (address instanceof Inet4Address && arp == null) {
      arp = ArpNdpListener.forArp(this::entryReceived);
    } else if (address instanceof Inet6Address && advertisements == null) {
      advertisements = ArpNdpListener.forAdvertisements(this::entryReceived);
    }
  }

  private void entryReceived(NeighborEntry entry, int interfaceIndex) {
    LanInterface lanInterface = watched.get(entry.address());
    Optional<String> node = Optional.ofNullable(nodeNames.get(entry.address()));
    boolean here = lanInterface != null && lanInterface.index == interfaceIndex;
    if (closed || (node.isEmpty() && !here)) {
      return;
    }
    boolean notify = false;
    synchronized (this) {
      long now = System.nanoTime();
      if (node.isPresent()) {
        conflictTable.addNode(entry.mac(), node, now);
      }
      // A pool may have the address of a node.
      if (here) {
        notify =
            switch (conflictTable.entryReceived(entry, now)) {
              case NONE -> false;
              case NOTIFY -> true;
              case IDENTIFY -> identify(entry.mac(), Objects.requireNonNull(lanInterface));
            };
      }
    }
    if (notify) {
      onConflictChange.run();
    }
  }

  /**
   * Starts to find out whether a machine is a node; returns whether a conflict is known at once.
   */
  private boolean identify(String mac, LanInterface lanInterface) {
    try {
      if (isOwn(mac)) {
        conflictTable.addNode(mac, Optional.empty(), System.nanoTime());
        return conflictTable.classify(mac, System.nanoTime());
      }
      for (InetAddress node : nodeNames.keySet()) {
        sender.probe(node, lanInterface);
      }
    } catch (IOException e) {
      log.debug("Cannot probe the addresses of the nodes: {}", e.getMessage());
    }
    if (nodeNames.isEmpty()) {
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

  /** Stops probing and receiving. */
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
