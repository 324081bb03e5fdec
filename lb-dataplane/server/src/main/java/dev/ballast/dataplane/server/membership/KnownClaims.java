package dev.ballast.dataplane.server.membership;

import java.util.Map;

/**
 * What this node knows about the claims to an address.
 *
 * @param epochs the latest epoch of each node that claims the address, alive or not; 0: of an older
 *     version
 * @param highestEpoch the highest epoch that this node has ever seen; 0: none
 */
public record KnownClaims(Map<String, Long> epochs, long highestEpoch) {

  public static final KnownClaims NONE = new KnownClaims(Map.of(), 0);
}
