/**
 * A planned move of an address: the new owner passes packets of old connections on to the former
 * owner, until they end. See docs/contributing/adr/0025.
 */
@NullMarked
package dev.ballast.dataplane.server.handover;

import org.jspecify.annotations.NullMarked;
