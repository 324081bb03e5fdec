package dev.ballast.dataplane.core.plan;

/** Transport protocols that a Service port may name. */
public enum Protocol {
  TCP(6),
  UDP(17),
  SCTP(132);

  private final byte number;

  Protocol(int number) {
    this.number = (byte) number;
  }

  /** As an IP header has it. */
  public byte number() {
    return number;
  }
}
