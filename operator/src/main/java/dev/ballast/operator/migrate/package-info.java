/** Migration from other load balancers. */
@NullMarked
package dev.ballast.operator.migrate;

import org.jspecify.annotations.NullMarked;
