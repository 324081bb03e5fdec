/** What a Service's status says: its state, conditions, reasons and messages. Pure decisions. */
@NullMarked
package dev.ballast.operator.service.status;

import org.jspecify.annotations.NullMarked;
