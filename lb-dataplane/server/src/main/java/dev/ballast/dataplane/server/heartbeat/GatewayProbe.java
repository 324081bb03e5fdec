package dev.ballast.dataplane.server.heartbeat;

import java.util.function.Consumer;

/** Asks whether the default gateway of this node answers. */
@FunctionalInterface
public interface GatewayProbe {

  /**
   * Asks, and does not block.
   *
   * @param answer called at most once, on any thread; not called if this node has no gateway
   */
  void ask(Consumer<Boolean> answer);
}
