/** What the reconcilers share: requeue events, debounced work, finalizers and condition times. */
@NullMarked
package dev.ballast.operator.reconciler;

import org.jspecify.annotations.NullMarked;
