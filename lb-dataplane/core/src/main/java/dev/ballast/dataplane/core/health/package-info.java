/** What checks say about a backend, and what to do when they say that nothing works. */
@NullMarked
package dev.ballast.dataplane.core.health;

import org.jspecify.annotations.NullMarked;
