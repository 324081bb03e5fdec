package dev.ballast.dataplane.server.diagnosis;

/** Every reason of a finding about a node, the gravest first. */
public enum FindingReason {
  CAPABILITY_MISSING(
      "CapabilityMissing",
      "The container of the data plane lacks a capability that it needs.",
      "Add the capability to the container, as the chart does."),
  NO_INTERFACE(
      "NoInterface",
      "No Ethernet interface of the node is up, has a carrier and an address.",
      "Check the interfaces with ip address, and the Helm value dataplane.interface."),
  FIREWALL_MAY_DROP(
      "FirewallMayDrop",
      "A firewall of the node drops by default, and no rule of it certainly accepts connections to"
          + " Services.",
      "Run the command that the remedy names, or set the Helm value dataplane.firewall to manage."),
  HEARTBEATS_BLOCKED(
      "HeartbeatsBlocked",
      "Another node is ready, but its heartbeats do not arrive. Its failure is noticed only after"
          + " 40 seconds or more.",
      "Open the UDP port 7477 between the nodes in their firewalls."),
  HEARTBEAT_KEY_DIFFERS(
      "HeartbeatKeyDiffers",
      "Another node signs its heartbeats with a key that this node does not have. Its failure is"
          + " noticed only after 40 seconds or more.",
      "Give all nodes the same Secret. Delete the Secret with the keys to get a new one."),
  NO_HEARTBEAT_KEY(
      "NoHeartbeatKey",
      "No key for heartbeats was found, so that the node sends none. Its failure is noticed only"
          + " after 40 seconds or more.",
      "Look for the Secret with the keys, and at the log of the operator, which creates it."),
  NO_TPROXY(
      "NoTproxy",
      "The kernel of the node has no nft_tproxy. Services and daemons of the node share the ports.",
      "Load the module nft_tproxy, and restart the data plane on the node."),
  NO_NFTABLES(
      "NoNftables",
      "The data plane cannot use nftables on the node. Daemons of the node can answer at addresses"
          + " of Services.",
      "Use Linux 5.10 or later with nf_tables, and give the container the capability NET_ADMIN."),
  REPLIES_LEAVE_ELSEWHERE(
      "RepliesLeaveElsewhere",
      "Packets for an address arrive by one interface, and answers to clients behind a router leave"
          + " by another one.",
      "Add a routing rule for the address, as docs/install/requirements.md describes."),
  TABLES_CHANGED(
      "TablesChanged",
      "Another program changed the nftables tables of Ballast in the last ten minutes. They are"
          + " restored each time, but connections can fail meanwhile.",
      "Exclude the tables named ballast from what that program changes."),
  ROUTES_DELETED(
      "RoutesDeleted",
      "Another program deleted local routes of Ballast in the last ten minutes. They are restored"
          + " each time, but connections can fail meanwhile.",
      "Configure that program to leave routes of protocol 142 alone.");

  private final String reason;
  private final String meaning;
  private final String remedy;

  FindingReason(String reason, String meaning, String remedy) {
    this.reason = reason;
    this.meaning = meaning;
    this.remedy = remedy;
  }

  /** In CamelCase, as a status has it. */
  public String reason() {
    return reason;
  }

  /** What it means, in a sentence or two for a person. */
  public String meaning() {
    return meaning;
  }

  /** What a person can do about it. */
  public String remedy() {
    return remedy;
  }
}
