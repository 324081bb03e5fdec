package dev.ballast.operator;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the chart sets, read from the environment.
 *
 * @param namespace where the operator runs, and keeps its Lease
 * @param instance names this replica
 * @param takeClassless whether Services without a {@code loadBalancerClass} are ours too
 * @param leaderElection off only where one replica runs
 */
record OperatorSettings(
    String namespace,
    String instance,
    boolean takeClassless,
    boolean leaderElection,
    int adminPort) {

  private static final Set<String> BOOLEANS = Set.of("true", "false");

  /** Throws {@link IllegalArgumentException} with words for the person who set it wrongly. */
  static OperatorSettings from(Map<String, String> env) {
    return new OperatorSettings(
        env.getOrDefault("BALLAST_NAMESPACE", "ballast-system"),
        env.getOrDefault("BALLAST_POD_NAME", "ballast-operator-" + ProcessHandle.current().pid()),
        flag("BALLAST_DEFAULT_CLASS", env.get("BALLAST_DEFAULT_CLASS"), true),
        flag("BALLAST_LEADER_ELECTION", env.get("BALLAST_LEADER_ELECTION"), true),
        port("BALLAST_ADMIN_PORT", env.get("BALLAST_ADMIN_PORT"), 7473));
  }

  private static boolean flag(String name, @Nullable String value, boolean otherwise) {
    if (value == null) {
      return otherwise;
    }
    if (!BOOLEANS.contains(value)) {
      throw new IllegalArgumentException(name + " is '" + value + "': it must be true or false");
    }
    return Boolean.parseBoolean(value);
  }

  private static int port(String name, @Nullable String value, int otherwise) {
    if (value == null) {
      return otherwise;
    }
    if (!value.matches("\\d{1,5}") || Integer.parseInt(value) > 65535) {
      throw new IllegalArgumentException(
          name + " is '" + value + "': it must be a port, from 0 to 65535");
    }
    return Integer.parseInt(value);
  }
}
