package dev.ballast.dataplane.server.steering;

/** What happens to the packets for a frontend. */
public enum FrontendVerdict {

  /** New connections and datagrams reach the private listener. */
  ACCEPT,

  /** New connections are refused, and so are datagrams. Established connections go on. */
  ACCEPT_ESTABLISHED
}
