package dev.ballast.dataplane.server.announce;

import dev.ballast.dataplane.core.address.AnnouncePolicy;
import dev.ballast.dataplane.server.announce.AcquireResult.RejectionReason;
import dev.ballast.dataplane.server.announce.InterfaceSnapshot.InterfaceChoice;
import dev.ballast.dataplane.server.announce.InterfaceSnapshot.InterfaceState;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the network interfaces and routes of this node. Thread-safe. */
final class NetworkInterfaces {

  private static final Logger log = LoggerFactory.getLogger(NetworkInterfaces.class);
  private static final Path ROUTES = Path.of("/proc/net/route");
  private static final Path IPV6_ROUTES = Path.of("/proc/net/ipv6_route");
  private static final Path IPV6_DISABLED = Path.of("/proc/sys/net/ipv6/conf/lo/disable_ipv6");
  private static final Path IPV4_SETTINGS = Path.of("/proc/sys/net/ipv4/conf");
  private static final int STRICT = 1;

  /** So that thousands of addresses in a row read them once. */
  private static final Duration MAX_AGE = Duration.ofMillis(200);

  private final Optional<String> configured;
  private volatile Function<InetAddress, AnnouncePolicy> policies = address -> AnnouncePolicy.ALL;
  private @Nullable InterfaceSnapshot latest;
  private long latestNanos;

  /**
   * @param configured the interface for every address; empty: selected by subnet
   */
  NetworkInterfaces(Optional<String> configured) {
    this.configured = configured;
  }

  /** See {@link Announcer#setPolicies}. */
  void setPolicies(Function<InetAddress, AnnouncePolicy> now) {
    policies = now;
  }

  /** Which interfaces may announce the address. */
  AnnouncePolicy policy(InetAddress address) {
    return policies.apply(address);
  }

  /** Where to announce an address. */
  InterfaceChoice choose(InterfaceSnapshot snapshot, InetAddress address, boolean anyInterface) {
    return snapshot.choose(address, policy(address), anyInterface);
  }

  /**
   * Where to announce an address again. It stays where it is if its pool leaves it no interface of
   * this node, until another node takes it.
   */
  InterfaceChoice chooseAgain(
      InetAddress address, boolean anyInterface, Optional<LanInterface> before) throws IOException {
    InterfaceSnapshot snapshot = snapshot();
    InterfaceChoice choice = choose(snapshot, address, anyInterface);
    return choice instanceof InterfaceChoice.Unsuitable
            && snapshot.choose(address, anyInterface)
                instanceof InterfaceChoice.Suitable(LanInterface unrestricted)
            && before.filter(unrestricted::isSameAs).isPresent()
        ? new InterfaceChoice.Suitable(unrestricted)
        : choice;
  }

  /** The interfaces and routes, at most {@link #MAX_AGE} old. */
  synchronized InterfaceSnapshot snapshot() throws IOException {
    InterfaceSnapshot known = latest;
    long now = System.nanoTime();
    if (known == null || now - latestNanos > MAX_AGE.toNanos()) {
      known = read();
      latest = known;
      latestNanos = now;
    }
    return known;
  }

  /** The next {@link #snapshot} reads them again, since something has changed. */
  synchronized void invalidate() {
    latest = null;
  }

  /** See {@link Announcer#onLinkInterfaces}. */
  List<OnLinkInterface> onLinkInterfaces() {
    try {
      return snapshot().onLinkInterfaces();
    } catch (IOException e) {
      log.debug("Cannot read the interfaces, which acquire() reports: {}", e.getMessage());
      return List.of();
    }
  }

  /** See {@link Announcer#isOnLink}. */
  boolean isOnLink(InetAddress address) {
    try {
      return address.isLoopbackAddress()
          || !(choose(snapshot(), address, false)
                  instanceof InterfaceChoice.Unsuitable(RejectionReason reason, String _)
              && reason == RejectionReason.NOT_ON_LINK);
    } catch (IOException e) {
      log.debug("Cannot read the interfaces, which acquire() reports: {}", e.getMessage());
      return true;
    }
  }

  /** See {@link Announcer#onLinkSource}. */
  Optional<OnLinkSource> onLinkSource(InetAddress address) {
    try {
      return snapshot().onLinkSource(address);
    } catch (IOException e) {
      log.debug("Cannot read the interfaces, which acquire() reports: {}", e.getMessage());
      return Optional.empty();
    }
  }

  private InterfaceSnapshot read() throws IOException {
    int all = reversePathFilter("all");
    List<InterfaceState> states = new ArrayList<>();
    for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
      states.add(state(each, all));
    }
    return new InterfaceSnapshot(
        configured,
        List.copyOf(states),
        RouteTable.ofIpv4(lines(ROUTES)),
        RouteTable.ofIpv6(Files.exists(IPV6_ROUTES) ? lines(IPV6_ROUTES) : List.of()));
  }

  private static InterfaceState state(NetworkInterface each, int reversePathFilter)
      throws IOException {
    byte[] mac = each.getHardwareAddress();
    Optional<LanInterface> lanInterface =
        mac == null || mac.length != 6
            ? Optional.empty()
            : Optional.of(new LanInterface(each.getName(), each.getIndex(), mac));
    List<Subnet> subnets =
        each.getInterfaceAddresses().stream()
            .map(own -> new Subnet(own.getAddress(), own.getNetworkPrefixLength()))
            .toList();
    boolean strict = Math.max(reversePathFilter, reversePathFilter(each.getName())) == STRICT;
    return new InterfaceState(each.getName(), lanInterface, each.isUp(), subnets, strict);
  }

  /**
   * 0: none, 1: strict, 2: loose. The kernel takes the larger value of all and of the interface.
   */
  private static int reversePathFilter(String interfaceName) {
    try {
      Path path = IPV4_SETTINGS.resolve(interfaceName).resolve("rp_filter");
      return Integer.parseInt(Files.readString(path, StandardCharsets.US_ASCII).strip());
    } catch (IOException e) {
      return 0; // The interface has disappeared since.
    }
  }

  /** Whether IPv6 is enabled on this node. */
  boolean hasIpv6() {
    try {
      return Files.readString(IPV6_DISABLED, StandardCharsets.US_ASCII).strip().equals("0");
    } catch (IOException e) {
      return false; // A kernel without IPv6 does not have the file.
    }
  }

  private static List<String> lines(Path path) throws IOException {
    return Files.readAllLines(path, StandardCharsets.US_ASCII);
  }
}
