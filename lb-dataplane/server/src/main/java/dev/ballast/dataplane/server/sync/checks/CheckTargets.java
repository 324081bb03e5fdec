package dev.ballast.dataplane.server.sync.checks;

import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.reachability.CheckTarget;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.cluster.PeerNode;
import dev.ballast.dataplane.server.cluster.Reachability;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The addresses of other nodes that this node checks from outside. Services that share an address
 * have one target, with the port of one of them. One thread uses it.
 */
public final class CheckTargets {

  private final String self;
  private final Map<ServiceKey, Map<InetAddress, CheckTarget>> byService = new HashMap<>();
  private final Map<InetAddress, SortedMap<String, CheckTarget>> byAddress = new HashMap<>();

  /** Addresses whose target may have changed. */
  private final Set<InetAddress> changed = new HashSet<>();

  public CheckTargets(String self) {
    this.self = self;
  }

  /**
   * Brings the examined Services up to date.
   *
   * @param configs of the examined Services, as far as they exist
   * @param members the nodes that may own addresses
   * @param nodes what is known about the nodes
   * @return the target of each address that may have changed; empty for one that this node does not
   *     check any more
   */
  public Map<InetAddress, Optional<CheckTarget>> update(
      Set<ServiceKey> examined,
      Collection<LoadBalancerConfig> configs,
      Set<String> members,
      Map<String, PeerNode> nodes) {
    examined.forEach(this::remove);
    for (LoadBalancerConfig config : configs) {
      if (!config.terminating()) {
        add(config, members, nodes);
      }
    }
    Map<InetAddress, Optional<CheckTarget>> targets = new HashMap<>();
    for (InetAddress address : changed) {
      targets.put(address, Optional.ofNullable(byAddress.get(address)).map(CheckTargets::best));
    }
    changed.clear();
    return targets;
  }

  /** Forgets all targets. */
  public void clear() {
    byService.clear();
    byAddress.clear();
    changed.clear();
  }

  private void remove(ServiceKey id) {
    Map<InetAddress, CheckTarget> before = byService.remove(id);
    if (before == null) {
      return;
    }
    for (InetAddress address : before.keySet()) {
      byAddress.computeIfPresent(
          address,
          (a, targets) -> {
            targets.remove(id.toString());
            return targets.isEmpty() ? null : targets;
          });
      changed.add(address);
    }
  }

  private void add(LoadBalancerConfig config, Set<String> members, Map<String, PeerNode> nodes) {
    for (InetAddress address : config.addresses()) {
      SortedSet<String> announcing = new TreeSet<>(config.announcingNodes(address));
      announcing.retainAll(members);
      if (announcing.isEmpty() || announcing.contains(self)) {
        continue;
      }
      String node = announcing.first();
      if (Reachability.checkingNode(address, node, members, nodes).equals(Optional.of(self))) {
        var target = new CheckTarget(address, node, port(config, node));
        byService.computeIfAbsent(config.id(), id -> new HashMap<>()).put(address, target);
        byAddress
            .computeIfAbsent(address, a -> new TreeMap<>())
            .put(config.id().toString(), target);
        changed.add(address);
      }
    }
  }

  /** None if the Service admits some clients only, since this node may not be one of them. */
  private static OptionalInt port(LoadBalancerConfig config, String node) {
    Integer port = config.tcpPorts().get(node);
    return port == null || config.policy().sourceRanges().restricted()
        ? OptionalInt.empty()
        : OptionalInt.of(port);
  }

  private static CheckTarget best(SortedMap<String, CheckTarget> targets) {
    return targets.values().stream()
        .filter(target -> target.port().isPresent())
        .findFirst()
        .orElseGet(() -> targets.get(targets.firstKey()));
  }
}
