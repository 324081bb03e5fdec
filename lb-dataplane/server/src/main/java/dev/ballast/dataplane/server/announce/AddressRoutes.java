package dev.ballast.dataplane.server.announce;

import dev.ballast.dataplane.server.announce.route.LocalRoute;
import dev.ballast.dataplane.server.announce.route.LocalRoutes;
import dev.ballast.dataplane.server.socket.ErrnoException;
import dev.ballast.dataplane.server.steering.Steering;
import dev.ballast.logging.LogKeys;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes addresses local to this node. The steering refuses what is not for a frontend before the
 * address becomes local, and until after it is local. So no daemon of the node ever gets a packet
 * for it. Not thread-safe, except for the count.
 */
final class AddressRoutes implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(AddressRoutes.class);

  private final LocalRoutes routes;
  private final Steering steering;
  private final Set<InetAddress> own = new HashSet<>();
  private final Map<Integer, Inet4Address> arpSources = new HashMap<>();
  private final AtomicLong restoredCount = new AtomicLong();

  AddressRoutes(LocalRoutes routes, Steering steering) {
    this.routes = routes;
    this.steering = steering;
  }

  /** The steering has to know about bridges. */
  void interfacesChanged() {
    steering.interfacesChanged();
  }

  /** Takes over the routes of another process, or of one that has ended. */
  void adopt() throws IOException {
    for (LocalRoute route : routes.list()) {
      steering.addAddress(route.address());
      own.add(route.address());
    }
  }

  /** Leaves the routes as they are, for another process that adopts them. */
  void leave() {
    for (InetAddress address : own) {
      try {
        steering.removeAddress(address);
      } catch (IOException e) {
        // The steering is not active any more, so that it makes no system call.
        throw new IllegalStateException("steering is active", e);
      }
    }
    own.clear();
    arpSources.clear();
  }

  /**
   * Sets the addresses from which the kernel itself asks by ARP: else it may ask from an address of
   * {@link #addresses}, at an interface where that address is not announced.
   *
   * @param byInterface an address of this node for each index of an interface
   */
  void setArpSources(Map<Integer, Inet4Address> byInterface) throws IOException {
    for (Map.Entry<Integer, Inet4Address> each : byInterface.entrySet()) {
      if (!each.getValue().equals(arpSources.get(each.getKey()))) {
        steering.setArpSource(each.getKey(), each.getValue());
        arpSources.put(each.getKey(), each.getValue());
      }
    }
  }

  /**
   * Makes an address local.
   *
   * @param source for processes of this node that talk to the address
   * @return false when it is local already by other means
   */
  boolean add(InetAddress address, Optional<InetAddress> source) throws IOException {
    if (own.contains(address)) {
      return true;
    }
    steering.addAddress(address);
    boolean added = false;
    try {
      added = addRoute(address, source);
    } finally {
      if (!added) {
        steering.removeAddress(address);
      }
    }
    if (added) {
      own.add(address);
    }
    return added;
  }

  private boolean addRoute(InetAddress address, Optional<InetAddress> source) throws IOException {
    try {
      return routes.add(new LocalRoute(address, source));
    } catch (ErrnoException e) {
      if (source.isEmpty() || e.errno() != ErrnoException.EINVAL) {
        throw e;
      }
      // The address of the interface is gone by now, or IPv6 has not verified it yet (DAD).
      return routes.add(new LocalRoute(address, Optional.empty()));
    }
  }

  /** The addresses that are local by a route of this process. */
  Set<InetAddress> addresses() {
    return Set.copyOf(own);
  }

  /** Removes the other routes, and returns their addresses. */
  Set<InetAddress> releaseAllExcept(Set<InetAddress> keep) {
    Set<InetAddress> others = new HashSet<>(own);
    others.removeAll(keep);
    others.forEach(this::release);
    return others;
  }

  /** Removes the route of an address, or logs why not. */
  void release(InetAddress address) {
    try {
      remove(address);
      log.atInfo()
          .addKeyValue(LogKeys.ADDRESS, address.getHostAddress())
          .log("Released an address");
    } catch (IOException e) {
      log.atWarn()
          .addKeyValue(LogKeys.ADDRESS, address.getHostAddress())
          .addKeyValue(LogKeys.CAUSE, e.getMessage())
          .log("Cannot release an address, retrying");
    }
  }

  private void remove(InetAddress address) throws IOException {
    if (own.contains(address)) {
      withdraw(address);
      steering.removeAddress(address);
      // Last, so that the caller can try again.
      own.remove(address);
    }
  }

  private void withdraw(InetAddress address) throws IOException {
    if (!routes.remove(address)) {
      log.debug("The route of {} was removed already", address);
    }
  }

  /**
   * Adds the routes that somebody else has deleted, and replaces those whose source is not an
   * address of this node any more.
   *
   * @param nodeAddresses of the interfaces of this node
   * @param sources the source for each address
   * @return the addresses that are not local any more
   */
  Set<InetAddress> restore(
      Set<InetAddress> nodeAddresses, Function<InetAddress, Optional<InetAddress>> sources)
      throws IOException {
    Map<InetAddress, Optional<InetAddress>> present = new HashMap<>();
    routes.list().forEach(route -> present.put(route.address(), route.source()));
    Set<InetAddress> lost = new HashSet<>();
    for (InetAddress address : List.copyOf(own)) {
      Optional<InetAddress> source = sources.apply(address);
      Optional<InetAddress> before = present.get(address);
      if (before == null) {
        if (!restore(address, source)) {
          lost.add(address);
        }
      } else if (!before.equals(source) && before.filter(nodeAddresses::contains).isEmpty()) {
        replace(address, source);
      }
    }
    return lost;
  }

  private boolean restore(InetAddress address, Optional<InetAddress> source) throws IOException {
    try {
      if (addRoute(address, source)) {
        restoredCount.incrementAndGet();
        log.atWarn()
            .addKeyValue(LogKeys.ADDRESS, address.getHostAddress())
            .log(
                "Restored the local route of an address. Another program had deleted it, and no client could connect. Find that program (ip monitor route), and configure it to leave routes of protocol 142 alone");
        return true;
      }
      log.atWarn()
          .addKeyValue(LogKeys.ADDRESS, address.getHostAddress())
          .log(
              "Cannot restore the local route of an address. Another program had deleted it, and uses the address itself now. Remove the address from that program");
    } catch (IOException e) {
      log.atWarn()
          .addKeyValue(LogKeys.ADDRESS, address.getHostAddress())
          .addKeyValue(LogKeys.CAUSE, e.getMessage())
          .log("Cannot restore the local route of an address, retrying");
    }
    own.remove(address);
    steering.removeAddress(address);
    return false;
  }

  private void replace(InetAddress address, Optional<InetAddress> source) throws IOException {
    withdraw(address);
    if (!addRoute(address, source)) {
      log.debug("The address {} became local by other means meanwhile", address);
    }
  }

  /** How often a route was restored. Thread-safe. */
  long restoredCount() {
    return restoredCount.get();
  }

  @Override
  public void close() {
    routes.close();
  }
}
