package dev.ballast.dataplane.server.firewall;

/** What a chain of a firewall does with packets to frontends. */
public enum FirewallVerdict {
  /** It drops no packet by default. Rules that drop some packets, such as invalid ones, may. */
  ACCEPTS,
  /** It drops by default, and no rule that it has for certain accepts the packet before. */
  MAY_DROP,
  /** Its rules are not in nftables, so that nothing is known of them. */
  UNKNOWN
}
