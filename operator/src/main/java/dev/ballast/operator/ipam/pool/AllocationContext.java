package dev.ballast.operator.ipam.pool;

import dev.ballast.operator.ipam.net.IpAddress;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that a pool looks at before it gives an address.
 *
 * @param namespaceLabels null while they are not known
 * @param held what the Service has already
 */
public record AllocationContext(
    ServiceRef serviceRef,
    ServiceContext serviceContext,
    @Nullable Map<String, String> namespaceLabels,
    Set<IpAddress> held) {}
