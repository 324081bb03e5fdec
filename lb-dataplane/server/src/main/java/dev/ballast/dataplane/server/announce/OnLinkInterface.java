package dev.ballast.dataplane.server.announce;

import java.util.List;

/**
 * An interface of this node that can announce addresses.
 *
 * @param subnets in CIDR notation
 * @param strictReversePath whether rp_filter makes the kernel drop packets from a machine to which
 *     it would not send by this interface
 */
public record OnLinkInterface(String name, List<String> subnets, boolean strictReversePath) {}
