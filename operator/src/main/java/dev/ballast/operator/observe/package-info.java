/** How the operator says what it does: Events, metrics, probes, log keys. */
@NullMarked
package dev.ballast.operator.observe;

import org.jspecify.annotations.NullMarked;
