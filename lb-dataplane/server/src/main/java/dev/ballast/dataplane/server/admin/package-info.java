/** Metrics and health of the process, by HTTP. */
@NullMarked
package dev.ballast.dataplane.server.admin;

import org.jspecify.annotations.NullMarked;
