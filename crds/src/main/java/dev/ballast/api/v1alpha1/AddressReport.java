package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/**
 * An address that a node should answer for and does not, or that another machine answers for too.
 *
 * @param message for a person
 */
public record AddressReport(
    @Required String address,
    @Required @JsonPropertyDescription("One word, for machines.") String reason,
    @Required @JsonPropertyDescription("What happened, why, and what to do.") String message) {

  /** Reason: a machine that is no node of the cluster answers for it. */
  public static final String IN_USE = "AddressInUse";

  /** Reason: it is the network, broadcast or gateway address of the LAN. */
  public static final String UNUSABLE = "AddressUnusable";
}
