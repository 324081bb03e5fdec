/** Structured logging, shared by the operator and the data plane. */
@NullMarked
package dev.ballast.logging;

import org.jspecify.annotations.NullMarked;
