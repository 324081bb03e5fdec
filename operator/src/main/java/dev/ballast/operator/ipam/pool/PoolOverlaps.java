package dev.ballast.operator.ipam.pool;

import dev.ballast.operator.ipam.net.AddressRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds the other users of a pool's addresses: other pools, nodes, Pods, Services and
 * special-purpose ranges. They are warnings: the pool works, but without some addresses, or at a
 * risk.
 */
final class PoolOverlaps {

  private final Pool pool;
  private final List<AddressRange> included;
  private final List<String> found = new ArrayList<>();

  private PoolOverlaps(Pool pool) {
    this.pool = pool;
    this.included = pool.poolRanges().included();
  }

  /** Each overlap as a sentence. */
  static List<String> of(Pool pool, List<Pool> all, ClusterAddresses clusterAddresses) {
    PoolOverlaps overlaps = new PoolOverlaps(pool);
    overlaps.addPools(all);
    overlaps.addNodes(clusterAddresses);
    overlaps.addSubnets(clusterAddresses);
    overlaps.addRanges(
        SpecialPurposeRanges.RANGES, "%s has a special purpose (%s). It is never assigned.");
    overlaps.addRanges(clusterAddresses.ranges(), "%s belongs to %s.");
    return overlaps.found;
  }

  private void addPools(List<Pool> all) {
    for (Pool other : all) {
      if (!other.name().equals(pool.name())) {
        String first = Pool.ORDER.compare(pool, other) < 0 ? "This" : "That";
        intersections(other.poolRanges().included())
            .forEach(
                range ->
                    found.add(
                        "AddressPool %s also contains %s. %s pool takes precedence."
                            .formatted(other.name(), range, first)));
      }
    }
  }

  private void addNodes(ClusterAddresses clusterAddresses) {
    clusterAddresses.nodeAddresses().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .filter(node -> AddressRange.anyContains(included, node.getKey()))
        .forEach(
            node ->
                found.add(
                    "%s is the address of node %s. It is never assigned."
                        .formatted(node.getKey(), node.getValue())));
  }

  /**
   * Only a node knows its subnet, but a range that looks like one and has a node in it may be it.
   */
  private void addSubnets(ClusterAddresses clusterAddresses) {
    pool.poolRanges().ranges().stream()
        .filter(AddressRange::isSubnet)
        .filter(
            range -> pool.state().contains(range.first()) || pool.state().contains(range.last()))
        .forEach(
            range ->
                nodeIn(range, clusterAddresses)
                    .ifPresent(node -> found.add(subnetWarning(range, node))));
  }

  private static Optional<String> nodeIn(AddressRange range, ClusterAddresses clusterAddresses) {
    return clusterAddresses.nodeAddresses().entrySet().stream()
        .filter(node -> range.contains(node.getKey()))
        .map(Map.Entry::getValue)
        .sorted()
        .findFirst();
  }

  private static String subnetWarning(AddressRange range, String node) {
    return "%s contains the address of node %s. If it is the subnet of the node, exclude the network address %s, the broadcast address %s and the address of the gateway."
        .formatted(range, node, range.first(), range.last());
  }

  private void addRanges(List<ClusterAddresses.NamedRange> others, String sentence) {
    for (ClusterAddresses.NamedRange other : others) {
      intersections(List.of(other.range()))
          .forEach(range -> found.add(sentence.formatted(range, other.description())));
    }
  }

  private Stream<AddressRange> intersections(List<AddressRange> others) {
    return included.stream()
        .flatMap(range -> others.stream().flatMap(other -> range.intersection(other).stream()));
  }
}
