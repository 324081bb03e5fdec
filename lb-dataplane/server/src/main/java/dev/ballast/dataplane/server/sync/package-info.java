/** The reconciler of this node: compares the cluster with what the node serves, and makes it so. */
@NullMarked
package dev.ballast.dataplane.server.sync;

import org.jspecify.annotations.NullMarked;
