/** The system calls for many datagrams at once, which neither the JDK nor Netty's sockets offer. */
@NullMarked
package dev.ballast.dataplane.server.datagram;

import org.jspecify.annotations.NullMarked;
