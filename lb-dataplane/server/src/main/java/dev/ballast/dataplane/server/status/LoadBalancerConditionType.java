package dev.ballast.dataplane.server.status;

/** Types of the conditions that the data plane sets on a LoadBalancer. */
public enum LoadBalancerConditionType {
  ALLOCATED("Allocated", "Says that the LoadBalancer has addresses."),
  PROGRAMMED("Programmed", "Says whether the data plane listens on every port of the Service."),
  ANNOUNCED("Announced", "Says whether a node announces every address on the network."),
  REACHABLE(
      "Reachable",
      "Says whether another node gets an answer from every announced address. It is Unknown if no other node is in the network of an address."),
  HEALTHY("Healthy", "Says whether every node that serves the Service has a healthy backend."),
  CONFLICT(
      "Conflict",
      "Exists only while a machine outside the cluster uses an address that a node announces."),
  LIMITED(
      "Limited",
      "Exists only while a node rejects new connections because of a limit. It begins after some seconds and ends a minute after the last rejection.");

  private final String type;
  private final String meaning;

  LoadBalancerConditionType(String type, String meaning) {
    this.type = type;
    this.meaning = meaning;
  }

  /** The type as {@code status.conditions} has it. */
  public String type() {
    return type;
  }

  /** What the condition says, in a line for the documentation. */
  public String meaning() {
    return meaning;
  }
}
