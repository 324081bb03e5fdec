package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.util.Set;

/**
 * Problem of one address at a node: it is not announced, or another machine uses it too.
 *
 * @param message what happened, why, and what to do
 */
public record AddressReport(
    @Required @JsonPropertyDescription("The IP address.") String address,
    @Required @JsonPropertyDescription("The reason in CamelCase.") String reason,
    @Required @JsonPropertyDescription("A message that says what happened, why, and what to do.")
        String message) {

  /** Reason: a machine that is not a cluster node uses the address. */
  public static final String IN_USE = "AddressInUse";

  /** Reason: no interface of the node is in the subnet of the address. */
  public static final String NOT_ON_LINK = "NotOnLink";

  /** Reason: the node has failed to announce the address for some seconds. */
  public static final String CANNOT_ANNOUNCE = "CannotAnnounce";

  /** Reasons for which another node should announce the address. */
  public static final Set<String> OF_OTHER_NODES = Set.of(NOT_ON_LINK, CANNOT_ANNOUNCE);

  /** Reason: the address is the network, broadcast or gateway address of the subnet. */
  public static final String UNUSABLE = "AddressUnusable";
}
