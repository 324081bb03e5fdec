/**
 * The endpoints of a Service, and which of them may get connections: by conditions (KEP-1672,
 * KEP-1669), topology hints and IP family.
 */
@NullMarked
package dev.ballast.dataplane.core.endpoint;

import org.jspecify.annotations.NullMarked;
