/** TCP engines: plain sockets on epoll, and Netty channels where epoll is missing. */
@NullMarked
package dev.ballast.dataplane.server.relay.tcp;

import org.jspecify.annotations.NullMarked;
