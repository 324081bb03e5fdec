package dev.ballast.dataplane.server.announce;

import java.net.InetAddress;
import java.util.Set;

final class NoopAnnouncer implements Announcer {

  @Override
  public boolean speaks() {
    return false;
  }

  @Override
  public void probe(Set<InetAddress> unused) {}

  @Override
  public void nodes(Set<InetAddress> addresses) {}

  @Override
  public void onNews(Runnable answered, Runnable contested) {}

  @Override
  public AcquireResult take(InetAddress address) {
    return new AcquireResult.Acquired();
  }

  @Override
  public void keepOnly(Set<InetAddress> keep) {}

  @Override
  public void announceAgain(InetAddress address) {}

  @Override
  public void hush() {}

  @Override
  public void close() {}
}
