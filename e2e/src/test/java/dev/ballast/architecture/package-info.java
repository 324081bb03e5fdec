/** Rules for the source code of all modules. */
@NullMarked
package dev.ballast.architecture;

import org.jspecify.annotations.NullMarked;
