package dev.ballast.dataplane.server.steering;

import java.net.InetAddress;

/** Steering for addresses that are local already. */
final class NoopSteering implements Steering {

  private final SelfFencing fencing = new SelfFencing(SelfFencing.DEFAULT_PEER_PORT);

  @Override
  public SteeringMode start(PrivateListeners listeners) {
    return mode();
  }

  @Override
  public void activate() {}

  @Override
  public void deactivate() {}

  @Override
  public SteeringMode mode() {
    return SteeringMode.BIND_UNFILTERED;
  }

  @Override
  public void addAddress(InetAddress address) {}

  @Override
  public void removeAddress(InetAddress address) {}

  @Override
  public void apply(FrontendChanges changes) {}

  @Override
  public SelfFencing fencing() {
    return fencing;
  }

  @Override
  public void setFencing(boolean armed) {
    fencing.setArmed(armed);
  }

  @Override
  public void close() {}
}
