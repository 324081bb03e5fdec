/** AddressPool objects, and the other objects that decide on the use of a pool. */
@NullMarked
package dev.ballast.operator.pool;

import org.jspecify.annotations.NullMarked;
