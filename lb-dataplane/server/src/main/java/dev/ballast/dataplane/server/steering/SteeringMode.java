package dev.ballast.dataplane.server.steering;

/** How connections to a frontend reach this process. */
public enum SteeringMode {

  /** nftables steers them to a private listener (tproxy). No socket has the frontend's port. */
  TPROXY("tproxy"),

  /** A socket is bound to each frontend. nftables refuses everything else for the address. */
  BIND("bind"),

  /** A socket is bound to each frontend. The node answers everything else for the address. */
  BIND_UNFILTERED("bind-unfiltered");

  private final String text;

  SteeringMode(String text) {
    this.text = text;
  }

  /** As metrics and logs have it. */
  @Override
  public String toString() {
    return text;
  }
}
