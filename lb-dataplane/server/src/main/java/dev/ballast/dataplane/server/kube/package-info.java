/**
 * From the API server to what this node serves, and back as its report. The only package that knows
 * fabric8.
 */
@NullMarked
package dev.ballast.dataplane.server.kube;

import org.jspecify.annotations.NullMarked;
