package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.PoolUsage;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The state of a pool, for its status.
 *
 * @param usages by family, of the families that it contains
 * @param inUse whether a Service holds an address that the pool allocated
 * @param orphaned the number of these addresses that are orphaned
 * @param overlaps other users of its addresses, each as a sentence
 * @param conflicts addresses that other machines of the LAN use, each with a reason
 */
public record PoolReport(
    Map<IpFamily, PoolUsage> usages,
    boolean inUse,
    int orphaned,
    List<String> overlaps,
    List<String> conflicts) {

  public PoolReport {
    usages = Map.copyOf(usages);
    overlaps = List.copyOf(overlaps);
    conflicts = List.copyOf(conflicts);
  }

  public Optional<PoolUsage> of(IpFamily family) {
    return Optional.ofNullable(usages.get(family));
  }

  public PoolUsage total() {
    return usages.values().stream().reduce(new PoolUsage(0, 0), PoolUsage::plus);
  }
}
