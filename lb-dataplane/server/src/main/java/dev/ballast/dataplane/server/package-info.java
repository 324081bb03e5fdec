/** The process of the data plane: settings, wiring, start and shutdown. */
@NullMarked
package dev.ballast.dataplane.server;

import org.jspecify.annotations.NullMarked;
