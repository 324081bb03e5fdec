/**
 * What this node reports in the status of LoadBalancers, and the server-side apply that writes it.
 */
@NullMarked
package dev.ballast.dataplane.server.status;

import org.jspecify.annotations.NullMarked;
