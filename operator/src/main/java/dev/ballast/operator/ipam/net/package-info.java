/** IP addresses and ranges of them. Pure. */
@NullMarked
package dev.ballast.operator.ipam.net;

import org.jspecify.annotations.NullMarked;
