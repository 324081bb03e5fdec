/**
 * Admission control: which connections and UDP flows the node accepts, so that no Service and no
 * client takes what the others need. A second way of forwarding obeys the same limits.
 */
@NullMarked
package dev.ballast.dataplane.core.admission;

import org.jspecify.annotations.NullMarked;
