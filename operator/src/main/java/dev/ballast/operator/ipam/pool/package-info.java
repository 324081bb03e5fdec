/**
 * Address pools: their ranges, their rules for Services, and the state of their addresses. Pure.
 */
@NullMarked
package dev.ballast.operator.ipam.pool;

import org.jspecify.annotations.NullMarked;
