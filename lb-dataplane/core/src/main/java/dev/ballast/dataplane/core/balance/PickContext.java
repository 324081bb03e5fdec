package dev.ballast.dataplane.core.balance;

import java.net.InetAddress;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;

/**
 * All that a picker may look at for one connection.
 *
 * @param client where the connection comes from
 * @param sequence counts connections; it may overflow
 * @param random any bits
 * @param connections how many connections the candidate of an index has
 * @param tried whether the candidate of an index has failed for this connection
 */
public record PickContext(
    InetAddress client,
    int sequence,
    long random,
    IntUnaryOperator connections,
    IntPredicate tried) {}
