package dev.ballast.dataplane.server.heartbeat;

import dev.ballast.apiclient.HeartbeatKeyFile;

/** Keys as a Secret has them. */
final class TestKeys {

  static HeartbeatKeys parse(String text) {
    return HeartbeatKeys.of(HeartbeatKeyFile.parse(text).keys());
  }

  private TestKeys() {}
}
