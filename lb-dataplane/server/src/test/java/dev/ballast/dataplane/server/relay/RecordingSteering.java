package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.server.steering.FrontendChanges;
import dev.ballast.dataplane.server.steering.PrivateListeners;
import dev.ballast.dataplane.server.steering.SelfFencing;
import dev.ballast.dataplane.server.steering.Steering;
import dev.ballast.dataplane.server.steering.SteeringMode;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Records changes, and changes nothing on the node. */
final class RecordingSteering implements Steering {

  private final SteeringMode mode;
  private final List<FrontendChanges> changes = new CopyOnWriteArrayList<>();
  private volatile boolean failing;

  RecordingSteering(SteeringMode mode) {
    this.mode = mode;
  }

  List<FrontendChanges> changes() {
    return List.copyOf(changes);
  }

  /** From now on, changes fail, or succeed. */
  void fail(boolean now) {
    failing = now;
  }

  @Override
  public SteeringMode start(PrivateListeners listeners) {
    return mode;
  }

  @Override
  public void activate() {}

  @Override
  public void deactivate() {}

  @Override
  public SteeringMode mode() {
    return mode;
  }

  @Override
  public void addAddress(InetAddress address) {}

  @Override
  public void removeAddress(InetAddress address) {}

  @Override
  public void apply(FrontendChanges frontendChanges) throws IOException {
    if (failing) {
      throw new IOException("the kernel says no");
    }
    changes.add(frontendChanges);
  }

  @Override
  public SelfFencing fencing() {
    return new SelfFencing(SelfFencing.DEFAULT_PEER_PORT);
  }

  @Override
  public void setFencing(boolean armed) {}

  @Override
  public void close() {}
}
