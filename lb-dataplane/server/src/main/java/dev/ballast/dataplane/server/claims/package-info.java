/** The claims that nodes tell each other directly, over one connection for each two neighbors. */
@NullMarked
package dev.ballast.dataplane.server.claims;

import org.jspecify.annotations.NullMarked;
