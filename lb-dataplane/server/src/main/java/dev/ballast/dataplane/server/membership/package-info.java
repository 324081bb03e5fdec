/** Membership: which nodes may own addresses, from the readiness of data plane Pods and probes. */
@NullMarked
package dev.ballast.dataplane.server.membership;

import org.jspecify.annotations.NullMarked;
