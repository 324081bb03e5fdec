/**
 * Pools, ranges and the choice of an address. Pure: no I/O, clock, random, logger or Kubernetes
 * type.
 */
@NullMarked
package dev.ballast.operator.ipam;

import org.jspecify.annotations.NullMarked;
