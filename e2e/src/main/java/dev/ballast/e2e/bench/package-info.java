/** Benchmarks against a cluster with Ballast in it; {@code ./dev bench} runs them. */
@NullMarked
package dev.ballast.e2e.bench;

import org.jspecify.annotations.NullMarked;
