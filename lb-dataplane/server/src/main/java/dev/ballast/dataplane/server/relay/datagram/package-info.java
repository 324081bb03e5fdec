/** Many datagrams in one system call: recvmmsg(2) and sendmmsg(2). */
@NullMarked
package dev.ballast.dataplane.server.relay.datagram;

import org.jspecify.annotations.NullMarked;
