package dev.ballast.dataplane.core.reachability;

import java.util.Arrays;
import java.util.Optional;

/** What one check found. */
public sealed interface CheckResult {

  /** The address answers. */
  record Reached() implements CheckResult {}

  /** The address does not answer as it should. */
  record NotReached(Cause cause) implements CheckResult {}

  /** This node cannot check at the moment, so nothing follows. */
  record CheckSkipped() implements CheckResult {}

  /** What happened instead of an answer. */
  enum Cause {
    NO_NEIGHBOR_ANSWER("NoNeighborAnswer"),
    NO_CONNECTION_ANSWER("NoConnectionAnswer"),
    CONNECTION_REFUSED("ConnectionRefused"),
    PROHIBITED("Prohibited");

    private final String reason;

    Cause(String reason) {
      this.reason = reason;
    }

    /** Empty for the reason of a newer version. */
    public static Optional<Cause> find(String reason) {
      return Arrays.stream(values()).filter(cause -> cause.reason.equals(reason)).findFirst();
    }

    /** In CamelCase, as a status has it. */
    public String reason() {
      return reason;
    }
  }
}
