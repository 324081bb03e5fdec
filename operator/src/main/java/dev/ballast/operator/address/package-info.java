/** Address objects: the claims of Services on addresses. */
@NullMarked
package dev.ballast.operator.address;

import org.jspecify.annotations.NullMarked;
