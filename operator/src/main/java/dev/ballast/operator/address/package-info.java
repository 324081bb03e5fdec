/** Claims on addresses, kept as Address objects. */
@NullMarked
package dev.ballast.operator.address;

import org.jspecify.annotations.NullMarked;
