package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/**
 * The claim of a node to an address that it announces. Of two claims, the one with the higher epoch
 * wins.
 *
 * @param epoch grows with each node that takes the address
 * @param since when the node took the address, in RFC 3339
 * @param takenFrom the node that had the address before; null if no other node had it
 * @param reason why this node took it, in CamelCase; null if no other node had it
 */
public record OwnershipClaim(
    @Required @JsonPropertyDescription("The IP address.") String address,
    @Required
        @JsonPropertyDescription(
            "The epoch. It grows with each node that takes the address, and the highest one wins.")
        long epoch,
    @JsonPropertyDescription("The time when the node took the address.") @Nullable String since,
    @JsonPropertyDescription("The node that had the address before, if there was one.")
        @Nullable String takenFrom,
    @JsonPropertyDescription("The reason in CamelCase why the node took it, such as NodeLost.")
        @Nullable String reason) {

  /** Reason: the node before does not live any more, as far as others can tell. */
  public static final String NODE_LOST = "NodeLost";

  /** Reason: the data plane of the node before is being shut down. */
  public static final String NODE_LEAVING = "NodeLeaving";

  /** Reason: the node before has the label that excludes it. */
  public static final String NODE_EXCLUDED = "NodeExcluded";

  /** Reason: the AddressPool does not select the node before. */
  public static final String NODE_NOT_SELECTED = "NodeNotSelected";

  /** Reason: another node claimed the address too, as after a partition of the network. */
  public static final String CLAIM_CONFLICT = "ClaimConflict";
}
