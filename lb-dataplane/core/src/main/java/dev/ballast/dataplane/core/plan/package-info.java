/** What a node must serve, and the steps from what it serves now. */
@NullMarked
package dev.ballast.dataplane.core.plan;

import org.jspecify.annotations.NullMarked;
