/** Active TCP health checks of backends. */
@NullMarked
package dev.ballast.dataplane.server.health;

import org.jspecify.annotations.NullMarked;
