package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.core.address.AnnouncePolicy;
import dev.ballast.dataplane.server.announce.AcquireResult;
import dev.ballast.dataplane.server.announce.Announcer;
import dev.ballast.dataplane.server.announce.OnLinkInterface;
import dev.ballast.dataplane.server.announce.OnLinkSource;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** An announcer that records its calls and returns the result that a test sets. */
final class FakeAnnouncer implements Announcer {

  AcquireResult result = new AcquireResult.Acquired();
  Set<InetAddress> probed = Set.of();

  /** The addresses whose subnet no interface of this node has. */
  final Set<InetAddress> offLink = ConcurrentHashMap.newKeySet();

  /** How many addresses were acquired, kept or announced again since this was last set. */
  int addressCount;

  /** What is local from an earlier process of this node. */
  final Set<InetAddress> adopted = new HashSet<>();

  private final List<String> calls;

  FakeAnnouncer(List<String> calls) {
    this.calls = calls;
  }

  @Override
  public void activate() {
    calls.add("adopt addresses");
  }

  @Override
  public void deactivate() {
    calls.add("leave addresses");
  }

  @Override
  public boolean isAnnouncing() {
    return true;
  }

  @Override
  public void probe(Map<InetAddress, Set<InetAddress>> addresses) {
    probed = addresses.keySet();
  }

  @Override
  public void setNodeAddresses(Map<InetAddress, String> nodeNames) {}

  @Override
  public void setPolicies(Function<InetAddress, AnnouncePolicy> policies) {}

  @Override
  public boolean isOnLink(InetAddress address) {
    return !offLink.contains(address);
  }

  @Override
  public Optional<OnLinkSource> onLinkSource(InetAddress address) {
    return Optional.empty();
  }

  @Override
  public void onChange(Runnable probed, Runnable changed) {}

  @Override
  public AcquireResult acquire(InetAddress address, boolean anyInterface) {
    addressCount++;
    calls.add("acquire " + address.getHostAddress() + (anyInterface ? " at any interface" : ""));
    return result;
  }

  @Override
  public Set<InetAddress> releaseAllExcept(Set<InetAddress> keep) {
    addressCount += keep.size();
    calls.add("keep " + keep.stream().map(InetAddress::getHostAddress).toList());
    Set<InetAddress> released = new HashSet<>(adopted);
    released.removeAll(keep);
    adopted.clear();
    return released;
  }

  @Override
  public void withdraw(InetAddress address) {
    calls.add("withdraw " + address.getHostAddress());
  }

  @Override
  public void silence(Set<InetAddress> addresses) {}

  @Override
  public void announceAgain(InetAddress address) {
    addressCount++;
    calls.add("announce again " + address.getHostAddress());
  }

  @Override
  public Set<InetAddress> acquired() {
    return Set.of();
  }

  @Override
  public List<OnLinkInterface> onLinkInterfaces() {
    return List.of();
  }

  @Override
  public long restoredRoutes() {
    return 0;
  }

  @Override
  public void stopAnnouncing() {}

  @Override
  public void close() {}
}
