/** Heartbeats between nodes, by which they find out within half a second that one has failed. */
@NullMarked
package dev.ballast.dataplane.server.heartbeat;

import org.jspecify.annotations.NullMarked;
