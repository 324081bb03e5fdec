/** Active TCP checks of backends. */
@NullMarked
package dev.ballast.dataplane.server.probe;

import org.jspecify.annotations.NullMarked;
