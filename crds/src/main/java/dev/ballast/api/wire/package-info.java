/** How objects are read off the wire by operator and data plane. */
@NullMarked
package dev.ballast.api.wire;

import org.jspecify.annotations.NullMarked;
