/** Ways to Ballast from what a cluster had before. */
@NullMarked
package dev.ballast.operator.migrate;

import org.jspecify.annotations.NullMarked;
