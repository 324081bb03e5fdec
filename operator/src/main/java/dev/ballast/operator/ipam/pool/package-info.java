/**
 * Address pools: their ranges, their rules for Services, and which of their addresses are free.
 * Pure.
 */
@NullMarked
package dev.ballast.operator.ipam.pool;

import org.jspecify.annotations.NullMarked;
