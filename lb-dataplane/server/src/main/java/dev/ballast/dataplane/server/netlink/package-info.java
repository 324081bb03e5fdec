/** netlink(7): messages to the kernel, their replies, and notifications. */
@NullMarked
package dev.ballast.dataplane.server.netlink;

import org.jspecify.annotations.NullMarked;
