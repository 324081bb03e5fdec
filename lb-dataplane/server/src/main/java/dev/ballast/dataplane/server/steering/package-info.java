/**
 * Steers packets to the private listeners of this process, and refuses all others for the addresses
 * of this node.
 */
@NullMarked
package dev.ballast.dataplane.server.steering;

import org.jspecify.annotations.NullMarked;
