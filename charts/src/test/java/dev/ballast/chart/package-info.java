/** Tests of the Helm chart: what helm renders, and what an API server does with it. */
@NullMarked
package dev.ballast.chart;

import org.jspecify.annotations.NullMarked;
