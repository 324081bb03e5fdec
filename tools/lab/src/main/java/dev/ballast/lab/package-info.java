/** The lab's API server and programs, for the tests of all modules. */
@NullMarked
package dev.ballast.lab;

import org.jspecify.annotations.NullMarked;
