package dev.ballast.dataplane.core.balance;

import java.net.InetAddress;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;

/**
 * The input of a picker for one connection.
 *
 * @param client the client's address
 * @param sequence the number of the connection; it may overflow
 * @param random random bits
 * @param connections the number of connections of the candidate at an index
 * @param tried whether this connection has tried the candidate at an index
 */
public record PickContext(
    InetAddress client,
    int sequence,
    long random,
    IntUnaryOperator connections,
    IntPredicate tried) {}
