package dev.ballast.bench;

import java.util.Locale;

/** A step of a new Service from its creation to its first response. */
enum Stage {
  /** Its LoadBalancer is there; of Ballast alone. */
  PROGRAM("LoadBalancer"),
  /** A node has reported on it; of Ballast alone. */
  REPORT("a node's report"),
  /** The Service has its address. */
  STATUS("status published"),
  /** The first HTTP 200 was read. */
  FIRST_200("first HTTP 200");

  final String text;

  Stage(String text) {
    this.text = text;
  }

  String column() {
    return name().toLowerCase(Locale.ROOT) + "_ms";
  }
}
