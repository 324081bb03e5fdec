/** What this node looks at about other nodes. */
@NullMarked
package dev.ballast.dataplane.server.sync.checks;

import org.jspecify.annotations.NullMarked;
