/** The desired virtual servers of a node, and the listener operations that lead to them. */
@NullMarked
package dev.ballast.dataplane.core.plan;

import org.jspecify.annotations.NullMarked;
