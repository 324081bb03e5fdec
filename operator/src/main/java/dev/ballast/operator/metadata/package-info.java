/** Writes to the metadata of objects that others write to as well. */
@NullMarked
package dev.ballast.operator.metadata;

import org.jspecify.annotations.NullMarked;
