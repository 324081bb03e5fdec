package dev.ballast.dataplane.server.heartbeat;

/** Why this node has no heartbeats of another one that the API server considers alive. */
public enum PeerFault {
  /** Nothing was received from it for {@link HeartbeatExchange#UNHEARD}. */
  UNHEARD,
  /** Its heartbeats are signed with a key that this node does not have. */
  KEY_DIFFERS
}
