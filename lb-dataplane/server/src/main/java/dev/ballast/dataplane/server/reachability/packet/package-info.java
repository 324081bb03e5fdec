/** The frames of a half-open TCP connection and what answers them: built, parsed, nothing else. */
@NullMarked
package dev.ballast.dataplane.server.reachability.packet;

import org.jspecify.annotations.NullMarked;
