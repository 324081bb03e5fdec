/** Where clients come from, and who of them may come. */
@NullMarked
package dev.ballast.dataplane.core.source;

import org.jspecify.annotations.NullMarked;
