/** The HTTP server for metrics and health. */
@NullMarked
package dev.ballast.dataplane.server.admin;

import org.jspecify.annotations.NullMarked;
