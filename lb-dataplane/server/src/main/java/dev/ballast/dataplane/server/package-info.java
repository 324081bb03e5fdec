/** The data plane's process: settings, wiring, start and end. */
@NullMarked
package dev.ballast.dataplane.server;

import org.jspecify.annotations.NullMarked;
