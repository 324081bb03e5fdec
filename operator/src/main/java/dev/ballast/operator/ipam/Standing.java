package dev.ballast.operator.ipam;

import java.util.Map;

/**
 * How a Service stands towards pools.
 *
 * @param labels of the Service
 * @param leavesOrphaned whether it is to move from an address that no pool has any more
 */
public record Standing(Map<String, String> labels, boolean leavesOrphaned) {

  /** Of a Service without labels that stays where it is. */
  public static final Standing PLAIN = new Standing(Map.of(), false);

  public Standing {
    labels = Map.copyOf(labels);
  }
}
