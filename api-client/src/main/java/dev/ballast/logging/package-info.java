/** What all log lines have in common. */
@NullMarked
package dev.ballast.logging;

import org.jspecify.annotations.NullMarked;
