/** Source ranges: the client addresses that may connect to a Service. */
@NullMarked
package dev.ballast.dataplane.core.source;

import org.jspecify.annotations.NullMarked;
