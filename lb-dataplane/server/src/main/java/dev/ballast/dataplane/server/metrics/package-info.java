/** The list of metrics that describe this node, its addresses and its connection to Kubernetes. */
@NullMarked
package dev.ballast.dataplane.server.metrics;

import org.jspecify.annotations.NullMarked;
