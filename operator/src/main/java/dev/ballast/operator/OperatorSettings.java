package dev.ballast.operator;

import dev.ballast.operator.service.settings.InstallationDefaults;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the operator, read from the environment variables that the chart sets.
 *
 * @param namespace of the operator and its Lease
 * @param instance name of this replica
 * @param takeClassless whether the operator also implements Services without a {@code
 *     loadBalancerClass}
 * @param leaderElection off only where one replica runs
 * @param heartbeatSecret name of the Secret with the keys of the heartbeats; empty if the operator
 *     makes none
 * @param defaults limits and timeouts of Services that have none of their own
 */
record OperatorSettings(
    String namespace,
    String instance,
    boolean takeClassless,
    boolean leaderElection,
    int adminPort,
    String heartbeatSecret,
    InstallationDefaults defaults) {

  private static final Set<String> BOOLEANS = Set.of("true", "false");

  /** Throws {@link IllegalArgumentException} with a message about the invalid variable. */
  static OperatorSettings from(Map<String, String> env) {
    return new OperatorSettings(
        env.getOrDefault("BALLAST_NAMESPACE", "ballast-system"),
        env.getOrDefault("BALLAST_POD_NAME", "ballast-operator-" + ProcessHandle.current().pid()),
        flag("BALLAST_DEFAULT_CLASS", env.get("BALLAST_DEFAULT_CLASS"), true),
        flag("BALLAST_LEADER_ELECTION", env.get("BALLAST_LEADER_ELECTION"), true),
        port("BALLAST_ADMIN_PORT", env.get("BALLAST_ADMIN_PORT"), 7473),
        env.getOrDefault("BALLAST_HEARTBEAT_SECRET", ""),
        InstallationDefaults.from(env));
  }

  /** For an operator that is about to be uninstalled. */
  OperatorSettings withoutHeartbeatSecret() {
    return new OperatorSettings(
        namespace, instance, takeClassless, leaderElection, adminPort, "", defaults);
  }

  private static boolean flag(String name, @Nullable String value, boolean defaultValue) {
    if (value == null) {
      return defaultValue;
    }
    if (!BOOLEANS.contains(value)) {
      throw new IllegalArgumentException(
          "%s has the invalid value '%s'. Set it to true or false.".formatted(name, value));
    }
    return Boolean.parseBoolean(value);
  }

  private static int port(String name, @Nullable String value, int defaultValue) {
    if (value == null) {
      return defaultValue;
    }
    if (!value.matches("\\d{1,5}") || Integer.parseInt(value) > 65535) {
      throw new IllegalArgumentException(
          "%s has the invalid value '%s'. Set it to a port from 0 to 65535."
              .formatted(name, value));
    }
    return Integer.parseInt(value);
  }
}
