package dev.ballast.dataplane.server.hotrestart;

/** The lock of a process that shares its node with no other one. */
final class UnsharedNodeLock implements NodeLock {

  private volatile boolean held;

  @Override
  public void acquire(Runnable onChange) {
    held = true;
    onChange.run();
  }

  @Override
  public void want() {}

  @Override
  public boolean isHeld() {
    return held;
  }

  @Override
  public boolean isWanted() {
    return false;
  }

  @Override
  public boolean isAwaited() {
    return false;
  }

  @Override
  public void release() {
    held = false;
  }

  @Override
  public void close() {
    held = false;
  }
}
