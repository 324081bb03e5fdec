/**
 * IP address management (IPAM): which Service gets which address. Pure: no I/O, clock, random,
 * logger or Kubernetes type. {@link dev.ballast.operator.ipam.Ipam} is the way in.
 */
@NullMarked
package dev.ballast.operator.ipam;

import org.jspecify.annotations.NullMarked;
