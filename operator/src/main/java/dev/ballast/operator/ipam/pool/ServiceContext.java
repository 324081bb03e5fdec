package dev.ballast.operator.ipam.pool;

import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import java.util.Map;
import java.util.Set;

/**
 * What matters of a Service for its allocation.
 *
 * @param labels of the Service
 * @param reassignOrphaned whether it moves away from an orphaned address
 * @param published the addresses in its status. Clients use them, so they are kept if there is a
 *     choice
 */
public record ServiceContext(
    Map<String, String> labels, boolean reassignOrphaned, Set<IpAddress> published) {

  /** A Service without labels and without published addresses, which keeps what it has. */
  public static final ServiceContext PLAIN = new ServiceContext(Map.of(), false, Set.of());

  public ServiceContext {
    labels = Map.copyOf(labels);
    published = Set.copyOf(published);
  }

  /** Whether its status has an address of this family. */
  public boolean hasPublished(IpFamily family) {
    return published.stream().anyMatch(address -> address.family() == family);
  }
}
