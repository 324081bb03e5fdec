/**
 * Load-balancing algorithms, which pick a backend for a connection. Pickers are immutable. What
 * changes between two connections (sequence, random bits, connection counts) comes in with each
 * {@link dev.ballast.dataplane.core.balance.PickContext}.
 */
@NullMarked
package dev.ballast.dataplane.core.balance;

import org.jspecify.annotations.NullMarked;
