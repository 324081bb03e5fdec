package dev.ballast.operator.ipam.pool;

import dev.ballast.operator.ipam.net.IpAddress;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the rules of a pool decide on.
 *
 * @param namespaceLabels null while they are not known
 * @param held the addresses that the Service holds
 */
public record AllocationContext(
    ServiceRef serviceRef,
    ServiceContext serviceContext,
    @Nullable Map<String, String> namespaceLabels,
    Set<IpAddress> held) {}
