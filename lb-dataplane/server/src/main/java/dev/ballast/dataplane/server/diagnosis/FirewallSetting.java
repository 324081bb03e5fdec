package dev.ballast.dataplane.server.diagnosis;

/** What Ballast does about a firewall of the node that may drop: BALLAST_FIREWALL. */
public enum FirewallSetting {

  /** Nothing. It only reports. */
  REPORT,

  /** It adds a rule to the chains that may drop, and removes it at the end. */
  MANAGE
}
