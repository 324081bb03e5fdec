package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.server.announce.AcquireResult;
import dev.ballast.dataplane.server.announce.Announcer;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;

/** An announcer that records its calls and answers what a test sets. */
final class FakeAnnouncer implements Announcer {

  AcquireResult result = new AcquireResult.Acquired();
  Set<InetAddress> probed = Set.of();

  /** How many addresses were acquired, kept or announced again since this was last set. */
  int work;

  private final List<String> journal;

  FakeAnnouncer(List<String> journal) {
    this.journal = journal;
  }

  @Override
  public boolean isAnnouncing() {
    return true;
  }

  @Override
  public void probe(Set<InetAddress> unused) {
    probed = unused;
  }

  @Override
  public void setNodeAddresses(Set<InetAddress> addresses) {}

  @Override
  public void onChange(Runnable answered, Runnable contested) {}

  @Override
  public AcquireResult acquire(InetAddress address) {
    work++;
    journal.add("take " + address.getHostAddress());
    return result;
  }

  @Override
  public void releaseAllExcept(Set<InetAddress> keep) {
    work += keep.size();
    journal.add("keep " + keep.stream().map(InetAddress::getHostAddress).toList());
  }

  @Override
  public void announceAgain(InetAddress address) {
    work++;
    journal.add("announce again " + address.getHostAddress());
  }

  @Override
  public void stopAnnouncing() {}

  @Override
  public void close() {}
}
