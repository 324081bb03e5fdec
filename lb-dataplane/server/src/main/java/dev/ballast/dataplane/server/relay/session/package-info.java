/**
 * What TCP and UDP share: the worker of an event loop, the sessions on it, and the engine
 * interface.
 */
@NullMarked
package dev.ballast.dataplane.server.relay.session;

import org.jspecify.annotations.NullMarked;
