/**
 * Which nodes may own addresses: data-plane Pods, their readiness, and the nodes that are probed
 * directly.
 */
@NullMarked
package dev.ballast.dataplane.server.membership;

import org.jspecify.annotations.NullMarked;
