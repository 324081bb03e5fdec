/** The pages of docs/ that are generated from the chart, and compared with it. */
@NullMarked
package dev.ballast.docs;

import org.jspecify.annotations.NullMarked;
