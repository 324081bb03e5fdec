/**
 * What this node sees of the cluster: informers, their stores and the parsers of their objects.
 * Unlike {@code sync}, it decides nothing.
 */
@NullMarked
package dev.ballast.dataplane.server.cluster;

import org.jspecify.annotations.NullMarked;
