package dev.ballast.dataplane.core.failure;

/** Whether the default gateway answers, which shows that the own network works. */
public enum GatewayAnswer {
  ANSWERS,
  SILENT,
  /** It was not asked, or the node has none. */
  UNKNOWN
}
