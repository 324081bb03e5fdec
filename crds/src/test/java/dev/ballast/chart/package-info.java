@NullMarked
package dev.ballast.chart;

import org.jspecify.annotations.NullMarked;
