package dev.ballast.dataplane.core.endpoint;

/**
 * The topology of this node: its name and zone.
 *
 * @param node its name
 * @param zone the value of its label {@code topology.kubernetes.io/zone}, empty when it has none or
 *     it is not known yet
 */
public record NodeLocality(String node, String zone) {}
