/** Decides which one of a node's data plane processes serves, while an update has two of them. */
@NullMarked
package dev.ballast.dataplane.server.hotrestart;

import org.jspecify.annotations.NullMarked;
