/** What is wrong with this node, as far as it can see by itself. */
@NullMarked
package dev.ballast.dataplane.server.diagnosis;

import org.jspecify.annotations.NullMarked;
