/** The owner of an address: every node computes the same one, without communication. */
@NullMarked
package dev.ballast.dataplane.core.address;

import org.jspecify.annotations.NullMarked;
