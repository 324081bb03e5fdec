package dev.ballast.dataplane.server.admin;

/** What the probes of the kubelet ask for. Thread-safe. */
public interface ProcessHealth {

  /** Whether the process runs, apart from its event loops. */
  boolean isAlive();

  /** Whether this node may own addresses. */
  boolean isReady();

  /** Whether no other process of this node answers in place of this one. */
  boolean isStarted();
}
