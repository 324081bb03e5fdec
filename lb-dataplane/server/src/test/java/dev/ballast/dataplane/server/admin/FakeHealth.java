package dev.ballast.dataplane.server.admin;

/** Good health, or what a test sets. */
public final class FakeHealth implements ProcessHealth {

  volatile boolean alive = true;
  volatile boolean ready = true;
  volatile boolean started = true;

  @Override
  public boolean isAlive() {
    return alive;
  }

  @Override
  public boolean isReady() {
    return ready;
  }

  @Override
  public boolean isStarted() {
    return started;
  }
}
