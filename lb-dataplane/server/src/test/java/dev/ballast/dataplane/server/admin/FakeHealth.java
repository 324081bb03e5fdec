package dev.ballast.dataplane.server.admin;

/** Health that a test sets. */
final class FakeHealth implements ProcessHealth {

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
