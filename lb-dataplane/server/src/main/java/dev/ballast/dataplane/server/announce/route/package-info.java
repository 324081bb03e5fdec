/**
 * Local routes, made and removed by rtnetlink(7): the kernel accepts packets for their addresses.
 */
@NullMarked
package dev.ballast.dataplane.server.announce.route;

import org.jspecify.annotations.NullMarked;
