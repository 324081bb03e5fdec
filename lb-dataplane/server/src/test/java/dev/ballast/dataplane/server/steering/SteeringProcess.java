package dev.ballast.dataplane.server.steering;

import static dev.ballast.dataplane.server.steering.SteeringNamespace.ADDRESS;
import static dev.ballast.dataplane.server.steering.SteeringNamespace.ADDRESS6;
import static dev.ballast.dataplane.server.steering.SteeringNamespace.ASKED_ADDRESS;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.plan.Protocol;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/** A process that serves TCP port 80 of two addresses, until it is killed. */
final class SteeringProcess {

  public static void main(String[] args) throws Exception {
    var sockets = new TransparentSockets();
    Steering steering = Steering.nftables(SteeringSetting.AUTO);
    SteeringMode mode = steering.start(sockets.listeners());
    steering.addAddress(ADDRESS);
    steering.addAddress(ADDRESS6);
    steering.addAddress(ASKED_ADDRESS);
    steering.apply(
        new FrontendChanges(
            Map.of(
                new Binding(ADDRESS, 80, Protocol.TCP),
                FrontendVerdict.ACCEPT,
                new Binding(ADDRESS6, 80, Protocol.TCP),
                FrontendVerdict.ACCEPT),
            Set.of()));
    steering.activate();
    System.out.println("started " + mode);
    new CountDownLatch(1).await();
  }

  private SteeringProcess() {}
}
