package dev.ballast.dataplane.server;

import dev.ballast.dataplane.server.cluster.EndpointSetting;
import dev.ballast.dataplane.server.cluster.NodeSettings;
import dev.ballast.dataplane.server.cluster.NodeSettings.Membership;
import dev.ballast.dataplane.server.diagnosis.FirewallSetting;
import dev.ballast.dataplane.server.steering.SteeringSetting;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The settings of the process, read from environment variables.
 *
 * @param node the name of this node, and how it finds its peers
 * @param announcing whether addresses are acquired and announced on the network
 * @param networkInterface to announce on; empty: the interface whose subnet has the address
 * @param probe how long to wait for a machine that uses an address; zero: no probe
 * @param drain how long connections may continue after SIGTERM
 * @param adminSocket the path of a Unix socket for the startup probe
 * @param version of this program, which the image sets
 * @param firewall what to do about a firewall of the node
 * @param reservedPorts that no Service takes where sockets are bound to frontends
 * @param nodeAddress to which other nodes send their heartbeats; empty: no heartbeats
 * @param peerPort on which the nodes talk to each other
 * @param localPortsPercent how much of the node's local ports connections to backends may use
 */
record DataPlaneSettings(
    NodeSettings node,
    boolean announcing,
    Optional<String> networkInterface,
    Duration probe,
    Duration drain,
    int eventLoops,
    String adminHost,
    int adminPort,
    Optional<String> adminSocket,
    SteeringSetting steering,
    String version,
    FirewallSetting firewall,
    Set<Integer> reservedPorts,
    Optional<InetAddress> nodeAddress,
    int peerPort,
    int localPortsPercent) {

  static final String DEFAULT_SELECTOR =
      "app.kubernetes.io/name=ballast,app.kubernetes.io/component=dataplane";

  /** The settings, or all errors in them. */
  sealed interface SettingsResult {
    record ValidSettings(DataPlaneSettings settings) implements SettingsResult {}

    record InvalidSettings(List<String> errors) implements SettingsResult {}
  }

  static SettingsResult read(Map<String, String> env, int processors) {
    var environmentReader = new EnvironmentReader(env);
    String name = environmentReader.text("BALLAST_NODE_NAME", "");
    if (name.isEmpty()) {
      environmentReader.errors.add(
          "BALLAST_NODE_NAME is not set. Set it to the name of the Kubernetes node.");
    }
    var settings =
        new DataPlaneSettings(
            new NodeSettings(name, membership(environmentReader), endpoints(environmentReader)),
            announcing(environmentReader),
            environmentReader.optionalText("BALLAST_INTERFACE"),
            Duration.ofMillis(
                environmentReader.number("BALLAST_CONFLICT_PROBE_MILLISECONDS", 10, 0, 1000)),
            Duration.ofSeconds(environmentReader.number("BALLAST_DRAIN_SECONDS", 20, 0, 3600)),
            environmentReader.number("BALLAST_EVENT_LOOPS", processors, 1, 1024),
            environmentReader.text("BALLAST_ADMIN_HOST", "0.0.0.0"),
            environmentReader.number("BALLAST_ADMIN_PORT", 7474, 0, 65535),
            environmentReader.optionalText("BALLAST_ADMIN_SOCKET"),
            steering(environmentReader),
            environmentReader.text("BALLAST_VERSION", "unreleased"),
            firewall(environmentReader),
            reservedPorts(environmentReader),
            nodeAddress(environmentReader),
            environmentReader.number("BALLAST_PEER_PORT", 7477, 1, 65535),
            environmentReader.number("BALLAST_LOCAL_PORTS_PERCENT", 50, 1, 100));
    return environmentReader.errors.isEmpty()
        ? new SettingsResult.ValidSettings(settings)
        : new SettingsResult.InvalidSettings(List.copyOf(environmentReader.errors));
  }

  private static Membership membership(EnvironmentReader environmentReader) {
    String members = environmentReader.text("BALLAST_MEMBERS", "pods");
    if (members.startsWith("static:")) {
      Set<String> nodes =
          Arrays.stream(members.substring("static:".length()).split(",", -1))
              .map(String::strip)
              .filter(node -> !node.isEmpty())
              .collect(Collectors.toSet());
      if (nodes.isEmpty()) {
        environmentReader.errors.add("BALLAST_MEMBERS=static: has no node. Write static:n1,n2.");
      }
      return new Membership.StaticMembership(nodes);
    }
    if (!members.equals("pods")) {
      environmentReader.errors.add(
          "BALLAST_MEMBERS=%s is invalid. Write pods or static:n1,n2.".formatted(members));
    }
    String namespace = environmentReader.text("BALLAST_NAMESPACE", "");
    if (namespace.isEmpty()) {
      environmentReader.errors.add(
          "BALLAST_NAMESPACE is not set. Set it to the namespace of the data plane Pods, or list the"
              + " nodes with BALLAST_MEMBERS=static:n1,n2.");
    }
    return new Membership.PodMembership(
        namespace,
        environmentReader.text("BALLAST_MEMBER_SELECTOR", DEFAULT_SELECTOR),
        environmentReader.optionalText("BALLAST_HEARTBEAT_SECRET"));
  }

  private static Optional<InetAddress> nodeAddress(EnvironmentReader environmentReader) {
    Optional<String> text = environmentReader.optionalText("BALLAST_NODE_ADDRESS");
    try {
      return text.map(InetAddress::ofLiteral);
    } catch (IllegalArgumentException e) {
      environmentReader.errors.add(
          "BALLAST_NODE_ADDRESS=%s is invalid. Write an IP address of this node."
              .formatted(text.orElse("")));
      return Optional.empty();
    }
  }

  private static boolean announcing(EnvironmentReader environmentReader) {
    String mode = environmentReader.text("BALLAST_ANNOUNCE", "kernel");
    if (!mode.equals("kernel") && !mode.equals("none")) {
      environmentReader.errors.add(
          "BALLAST_ANNOUNCE=%s is invalid. Write kernel or none.".formatted(mode));
    }
    return !mode.equals("none");
  }

  private static EndpointSetting endpoints(EnvironmentReader environmentReader) {
    String text = environmentReader.text("BALLAST_ENDPOINTS", "any");
    if (!text.equals("any") && !text.equals("podsOnly")) {
      environmentReader.errors.add(
          "BALLAST_ENDPOINTS=%s is invalid. Write any or podsOnly.".formatted(text));
    }
    return text.equals("podsOnly") ? EndpointSetting.PODS_ONLY : EndpointSetting.ANY;
  }

  private static SteeringSetting steering(EnvironmentReader environmentReader) {
    String text = environmentReader.text("BALLAST_STEERING", "auto");
    for (SteeringSetting setting : SteeringSetting.values()) {
      if (text.equals(setting.name().toLowerCase(Locale.ROOT))) {
        return setting;
      }
    }
    environmentReader.errors.add(
        "BALLAST_STEERING=%s is invalid. Write auto, tproxy or bind.".formatted(text));
    return SteeringSetting.AUTO;
  }

  private static FirewallSetting firewall(EnvironmentReader environmentReader) {
    String text = environmentReader.text("BALLAST_FIREWALL", "report");
    if (!text.equals("report") && !text.equals("manage")) {
      environmentReader.errors.add(
          "BALLAST_FIREWALL=%s is invalid. Write report or manage.".formatted(text));
    }
    return text.equals("manage") ? FirewallSetting.MANAGE : FirewallSetting.REPORT;
  }

  private static Set<Integer> reservedPorts(EnvironmentReader environmentReader) {
    String text = environmentReader.text("BALLAST_RESERVED_PORTS", "");
    if (text.isEmpty()) {
      return ReservedPorts.DEFAULT;
    }
    return ReservedPorts.parse(text)
        .orElseGet(
            () -> {
              environmentReader.errors.add(
                  "BALLAST_RESERVED_PORTS=%s is invalid. Write ports from 1 to 65535 and ranges, such as 22,10248-10260."
                      .formatted(text));
              return ReservedPorts.DEFAULT;
            });
  }

  private record EnvironmentReader(Map<String, String> env, List<String> errors) {

    EnvironmentReader(Map<String, String> env) {
      this(env, new ArrayList<>());
    }

    String text(String name, String defaultValue) {
      String value = env.getOrDefault(name, "").strip();
      return value.isEmpty() ? defaultValue : value;
    }

    Optional<String> optionalText(String name) {
      return Optional.of(text(name, "")).filter(value -> !value.isEmpty());
    }

    int number(String name, int defaultValue, int min, int max) {
      String text = text(name, "");
      if (text.isEmpty()) {
        return defaultValue;
      }
      try {
        int value = Integer.parseInt(text);
        if (value >= min && value <= max) {
          return value;
        }
      } catch (NumberFormatException e) {
        // Reported below, as for a number out of range.
      }
      errors.add("%s=%s is not a whole number from %d to %d.".formatted(name, text, min, max));
      return defaultValue;
    }
  }
}
