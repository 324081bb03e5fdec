/** Observability: Events, metrics and probes. */
@NullMarked
package dev.ballast.operator.observe;

import org.jspecify.annotations.NullMarked;
