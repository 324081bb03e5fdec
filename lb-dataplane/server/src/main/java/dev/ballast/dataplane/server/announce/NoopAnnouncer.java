package dev.ballast.dataplane.server.announce;

import java.net.InetAddress;
import java.util.Set;

/** An announcer for addresses that are local already. */
final class NoopAnnouncer implements Announcer {

  @Override
  public boolean isAnnouncing() {
    return false;
  }

  @Override
  public void probe(Set<InetAddress> addresses) {}

  @Override
  public void setNodeAddresses(Set<InetAddress> addresses) {}

  @Override
  public void onChange(Runnable probed, Runnable conflict) {}

  @Override
  public AcquireResult acquire(InetAddress address) {
    return new AcquireResult.Acquired();
  }

  @Override
  public void releaseAllExcept(Set<InetAddress> keep) {}

  @Override
  public void announceAgain(InetAddress address) {}

  @Override
  public void stopAnnouncing() {}

  @Override
  public void close() {}
}
