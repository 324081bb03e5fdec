/** The Secret with the keys of the data planes' heartbeats. */
@NullMarked
package dev.ballast.operator.heartbeat;

import org.jspecify.annotations.NullMarked;
