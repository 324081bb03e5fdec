package dev.ballast.dataplane.core.endpoint;

/**
 * Where this node is, to judge by what is near it.
 *
 * @param node its name
 * @param zone of its label {@code topology.kubernetes.io/zone}, empty when it has none or it is not
 *     known yet
 */
public record NodeLocality(String node, String zone) {}
