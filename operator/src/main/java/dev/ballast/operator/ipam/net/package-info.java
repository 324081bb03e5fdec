/** IP addresses, ranges of them, and the ranges that no pool may use. Pure. */
@NullMarked
package dev.ballast.operator.ipam.net;

import org.jspecify.annotations.NullMarked;
