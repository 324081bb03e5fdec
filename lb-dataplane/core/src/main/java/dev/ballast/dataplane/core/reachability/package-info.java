/** Which node checks an address from outside, when, and what the results mean. */
@NullMarked
package dev.ballast.dataplane.core.reachability;

import org.jspecify.annotations.NullMarked;
