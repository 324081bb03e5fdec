/** Which node takes an address: every node answers alike, without asking another one. */
@NullMarked
package dev.ballast.dataplane.core.address;

import org.jspecify.annotations.NullMarked;
