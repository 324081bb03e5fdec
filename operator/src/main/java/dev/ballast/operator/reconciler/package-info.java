/** Shared by the reconcilers: requeueing, debouncing, finalizers and conditions. */
@NullMarked
package dev.ballast.operator.reconciler;

import org.jspecify.annotations.NullMarked;
