/** Benchmarks against a cluster with Ballast in it; {@code ./dev bench} runs them. */
@NullMarked
package dev.ballast.bench;

import org.jspecify.annotations.NullMarked;
