/** The operator: allocates addresses for Services, writes LoadBalancers, and publishes status. */
@NullMarked
package dev.ballast.operator;

import org.jspecify.annotations.NullMarked;
