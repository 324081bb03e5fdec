package dev.ballast.operator.ipam;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that a pool looks at before it gives an address.
 *
 * @param namespaceLabels null while they are not known
 * @param held what the Service has already
 */
record Applicant(
    Claimant claimant,
    Standing standing,
    @Nullable Map<String, String> namespaceLabels,
    Set<IpAddress> held) {}
