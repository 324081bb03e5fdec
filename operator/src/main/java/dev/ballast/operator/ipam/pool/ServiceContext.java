package dev.ballast.operator.ipam.pool;

import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import java.util.Map;
import java.util.Set;

/**
 * How a Service stands towards pools.
 *
 * @param labels of the Service
 * @param leavesOrphaned whether it is to move from an address that no pool has any more
 * @param shown what its status shows: clients know these, so that of several they are kept
 */
public record ServiceContext(
    Map<String, String> labels, boolean leavesOrphaned, Set<IpAddress> shown) {

  /** Of a Service without labels that stays where it is, and shows nothing yet. */
  public static final ServiceContext PLAIN = new ServiceContext(Map.of(), false, Set.of());

  public ServiceContext {
    labels = Map.copyOf(labels);
    shown = Set.copyOf(shown);
  }

  /** Whether clients know it by an address of this family. */
  public boolean shows(IpFamily family) {
    return shown.stream().anyMatch(address -> address.family() == family);
  }
}
