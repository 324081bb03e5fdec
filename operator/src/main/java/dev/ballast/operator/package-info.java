/** The operator: turns Services into addresses and programs, and reports into Service status. */
@NullMarked
package dev.ballast.operator;

import org.jspecify.annotations.NullMarked;
