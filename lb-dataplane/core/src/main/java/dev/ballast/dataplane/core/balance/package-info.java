/**
 * Picks a backend for a connection. Pickers are immutable; what changes between two connections
 * (turn, random bits, connection counts) comes in with each {@link
 * dev.ballast.dataplane.core.balance.Draw}.
 */
@NullMarked
package dev.ballast.dataplane.core.balance;

import org.jspecify.annotations.NullMarked;
