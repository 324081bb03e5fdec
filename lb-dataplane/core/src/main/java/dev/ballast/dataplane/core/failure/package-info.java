/** Which nodes have failed, by the heartbeats that they send to each other. */
@NullMarked
package dev.ballast.dataplane.core.failure;

import org.jspecify.annotations.NullMarked;
