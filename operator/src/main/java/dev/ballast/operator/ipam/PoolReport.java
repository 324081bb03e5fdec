package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.PoolUsage;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How things stand with a pool.
 *
 * @param usages of each family that it has
 * @param inUse whether a Service has an address that was taken from it
 * @param orphaned how many of these no pool has any more, or none for long
 * @param overlaps what else has addresses of it, each in words
 * @param contested which of its addresses other machines of the LAN have, each in words
 */
public record PoolReport(
    Map<IpFamily, PoolUsage> usages,
    boolean inUse,
    int orphaned,
    List<String> overlaps,
    List<String> contested) {

  public PoolReport {
    usages = Map.copyOf(usages);
    overlaps = List.copyOf(overlaps);
    contested = List.copyOf(contested);
  }

  public Optional<PoolUsage> of(IpFamily family) {
    return Optional.ofNullable(usages.get(family));
  }

  public PoolUsage total() {
    return usages.values().stream().reduce(new PoolUsage(0, 0), PoolUsage::plus);
  }
}
