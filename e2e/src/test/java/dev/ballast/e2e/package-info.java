/** Ballast on a real cluster, used as a person uses it: by typing kubectl commands. */
@NullMarked
package dev.ballast.e2e;

import org.jspecify.annotations.NullMarked;
