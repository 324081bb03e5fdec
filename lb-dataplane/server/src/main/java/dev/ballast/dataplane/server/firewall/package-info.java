/**
 * The firewall of the node: whether it may drop packets for load balancers, and how to accept them.
 */
@NullMarked
package dev.ballast.dataplane.server.firewall;

import org.jspecify.annotations.NullMarked;
