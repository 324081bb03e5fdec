/** nftables by netlink: tables, chains, rules and sets, changed in transactions. */
@NullMarked
package dev.ballast.dataplane.server.nftables;

import org.jspecify.annotations.NullMarked;
