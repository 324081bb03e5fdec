/**
 * EndpointSlice conditions read as what a load balancer may do with an endpoint (KEP-1672,
 * KEP-1669).
 */
@NullMarked
package dev.ballast.dataplane.core.endpoint;

import org.jspecify.annotations.NullMarked;
