package dev.ballast.dataplane.server.steering;

import static dev.ballast.dataplane.server.steering.SteeringNamespace.CLIENT;
import static dev.ballast.dataplane.server.steering.SteeringNamespace.NODE;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.server.announce.Announcer;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A node with heartbeats and self-fencing, which serves TCP port 80 of an announced address. Reads
 * a command a line.
 */
final class FencedNodeProcess {

  public static void main(String[] args) throws Exception {
    var sockets = new TransparentSockets();
    Steering steering = Steering.nftables(SteeringSetting.TPROXY);
    steering.start(sockets.listeners());
    Announcer announcer = Announcer.kernel(Optional.of("eth0"), Duration.ZERO, steering);
    announcer.activate();
    steering.activate();
    var heartbeats = new TestHeartbeats(steering.fencing(), NODE, CLIENT);
    steering.setFencing(true);
    System.out.println("armed");
    var lines = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] command = line.split(" ", 2);
      switch (command[0]) {
        case "serve" -> serve(announcer, steering, InetAddress.ofLiteral(command[1]));
        case "again" -> announcer.announceAgain(InetAddress.ofLiteral(command[1]));
        case "pause" -> heartbeats.pause();
        case "resume" -> heartbeats.resume();
        case "fenced" -> System.out.println(steering.fencing().isFenced());
        default -> throw new IllegalArgumentException(line);
      }
    }
    heartbeats.close();
    sockets.close();
  }

  private static void serve(Announcer announcer, Steering steering, InetAddress address)
      throws Exception {
    var frontend = new Binding(address, 80, Protocol.TCP);
    steering.apply(new FrontendChanges(Map.of(frontend, FrontendVerdict.ACCEPT), Set.of()));
    System.out.println(announcer.acquire(address, false));
  }

  private FencedNodeProcess() {}
}
