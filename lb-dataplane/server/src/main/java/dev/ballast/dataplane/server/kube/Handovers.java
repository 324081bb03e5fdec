package dev.ballast.dataplane.server.kube;

import dev.ballast.dataplane.core.plan.ServiceId;
import dev.ballast.dataplane.core.plan.VirtualServer;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Services that move to another node, made before broken: this node serves on until the other has
 * reported. Who should own an address is read from Pods' readiness, which also falters when all is
 * well but the API server was away; a node that let go on that word alone would leave nobody
 * serving until the other has read the same. While both answer for the address, the last to
 * announce it by gratuitous ARP gets the traffic: the new one.
 */
final class Handovers {

  /**
   * The owned addresses, and those that this node has to keep though it owns them no longer.
   *
   * @param serving what this node serves now
   */
  static Map<ServiceId, List<InetAddress>> withKept(
      Map<ServiceId, List<InetAddress>> owned,
      Collection<Program> programs,
      Map<ServiceId, VirtualServer> serving,
      String self) {
    Map<ServiceId, List<InetAddress>> all = new HashMap<>(owned);
    for (Program program : programs) {
      VirtualServer server = serving.get(program.id());
      if (server == null || program.released()) {
        continue;
      }
      List<InetAddress> own = owned.getOrDefault(program.id(), List.of());
      List<InetAddress> kept =
          program.addresses().stream()
              .filter(a -> own.contains(a) || server.addresses().contains(a))
              .filter(a -> own.contains(a) || isAlone(program, a, self))
              .toList();
      if (!kept.isEmpty()) {
        all.put(program.id(), kept);
      }
    }
    return all;
  }

  /** Of the addresses of a Service, each may be at another node. */
  private static boolean isAlone(Program program, InetAddress address, String self) {
    return program.announcers(address).equals(Set.of(self));
  }

  private Handovers() {}
}
