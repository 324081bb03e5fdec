/**
 * The pure decisions of the data plane. Nothing in these packages does I/O, reads a clock, draws a
 * random number or logs: all of that comes in as parameters.
 */
@NullMarked
package dev.ballast.dataplane.core;

import org.jspecify.annotations.NullMarked;
