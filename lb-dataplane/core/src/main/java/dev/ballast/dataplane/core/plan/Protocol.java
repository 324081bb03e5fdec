package dev.ballast.dataplane.core.plan;

/** Transport protocols that a Service port may name. */
public enum Protocol {
  TCP,
  UDP,
  SCTP
}
