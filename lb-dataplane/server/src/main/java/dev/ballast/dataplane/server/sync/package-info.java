/** The controller of this node: reconciles relay and announcer with the cluster. */
@NullMarked
package dev.ballast.dataplane.server.sync;

import org.jspecify.annotations.NullMarked;
