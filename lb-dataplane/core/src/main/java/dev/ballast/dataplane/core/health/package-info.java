/** Health states of backends, and fail-open when no backend is healthy. */
@NullMarked
package dev.ballast.dataplane.core.health;

import org.jspecify.annotations.NullMarked;
