/**
 * The state of the cluster as this node knows it: informers, their stores, and the parsers of their
 * objects. It decides nothing, unlike {@code sync}.
 */
@NullMarked
package dev.ballast.dataplane.server.cluster;

import org.jspecify.annotations.NullMarked;
