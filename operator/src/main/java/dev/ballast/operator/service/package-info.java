/** Services: from a wish to a published address, and back. */
@NullMarked
package dev.ballast.operator.service;

import org.jspecify.annotations.NullMarked;
