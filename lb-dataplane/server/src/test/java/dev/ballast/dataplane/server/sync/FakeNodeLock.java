package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.server.hotrestart.NodeLock;
import java.util.List;

/** A lock that a test gives and takes. */
final class FakeNodeLock implements NodeLock {

  private final List<String> calls;
  private volatile Runnable onChange = () -> {};
  private volatile boolean held;
  private volatile boolean wanted;
  volatile boolean awaited;

  FakeNodeLock(List<String> calls) {
    this.calls = calls;
  }

  void give() {
    held = true;
    onChange.run();
  }

  void wantByAnother() {
    wanted = true;
    onChange.run();
  }

  @Override
  public void acquire(Runnable changed) {
    onChange = changed;
  }

  @Override
  public void want() {
    calls.add("want the lock");
  }

  @Override
  public boolean isHeld() {
    return held;
  }

  @Override
  public boolean isWanted() {
    return wanted;
  }

  @Override
  public boolean isAwaited() {
    return awaited;
  }

  @Override
  public void release() {
    calls.add("release the lock");
    held = false;
    wanted = false;
  }

  @Override
  public void close() {
    held = false;
  }
}
