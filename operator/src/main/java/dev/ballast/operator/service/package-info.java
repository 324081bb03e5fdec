/** Reconciler of Services: from the Service to a published address, and its release. */
@NullMarked
package dev.ballast.operator.service;

import org.jspecify.annotations.NullMarked;
