/** AddressPools: read into ranges, and reported on. */
@NullMarked
package dev.ballast.operator.pool;

import org.jspecify.annotations.NullMarked;
