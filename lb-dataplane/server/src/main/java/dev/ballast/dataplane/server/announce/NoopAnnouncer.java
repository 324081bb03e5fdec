package dev.ballast.dataplane.server.announce;

import dev.ballast.dataplane.core.address.AnnouncePolicy;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** An announcer for addresses that are local already. */
final class NoopAnnouncer implements Announcer {

  @Override
  public void activate() {}

  @Override
  public void deactivate() {}

  @Override
  public boolean isAnnouncing() {
    return false;
  }

  @Override
  public void setPolicies(Function<InetAddress, AnnouncePolicy> policies) {}

  @Override
  public boolean isOnLink(InetAddress address) {
    return true;
  }

  @Override
  public Optional<OnLinkSource> onLinkSource(InetAddress address) {
    return Optional.empty();
  }

  @Override
  public void probe(Map<InetAddress, Set<InetAddress>> addresses) {}

  @Override
  public void setNodeAddresses(Map<InetAddress, String> nodeNames) {}

  @Override
  public void onChange(Runnable probed, Runnable changed) {}

  @Override
  public AcquireResult acquire(InetAddress address, boolean anyInterface) {
    return new AcquireResult.Acquired();
  }

  @Override
  public Set<InetAddress> releaseAllExcept(Set<InetAddress> keep) {
    return Set.of();
  }

  @Override
  public void withdraw(InetAddress address) {}

  @Override
  public void silence(Set<InetAddress> addresses) {}

  @Override
  public void announceAgain(InetAddress address) {}

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
