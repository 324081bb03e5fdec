/** Limits and timeouts of a Service, and where each of them comes from. Pure decisions. */
@NullMarked
package dev.ballast.operator.service.settings;

import org.jspecify.annotations.NullMarked;
