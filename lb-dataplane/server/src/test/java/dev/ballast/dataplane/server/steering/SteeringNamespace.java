package dev.ballast.dataplane.server.steering;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A node and a client for one test, each a network namespace, joined by a cable. The addresses of
 * load balancers are local on the node by a route, as the announcer makes it. Since a node with
 * steering is silent about them, the client knows its MAC address.
 */
public final class SteeringNamespace implements AutoCloseable {

  public static final InetAddress NODE = InetAddress.ofLiteral("198.18.210.1");
  public static final InetAddress CLIENT = InetAddress.ofLiteral("198.18.210.2");
  public static final InetAddress ADDRESS = InetAddress.ofLiteral("198.18.210.100");
  public static final InetAddress ADDRESS6 = InetAddress.ofLiteral("2001:db8:210::100");

  /** Local like {@link #ADDRESS}, but the client does not know its MAC address. */
  public static final InetAddress ASKED_ADDRESS = InetAddress.ofLiteral("198.18.210.101");

  private final String node =
      "ballast-steer-" + HexFormat.of().toHexDigits((short) ThreadLocalRandom.current().nextInt());
  private final String client = node + "-c";

  public SteeringNamespace() throws IOException, InterruptedException {
    run("ip", "netns", "add", node);
    run("ip", "netns", "add", client);
    ip(node, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", client);
    for (String machine : List.of(node, client)) {
      boolean first = machine.equals(node);
      // Duplicate address detection of the link-local addresses would take a second or two. Before
      // its end, the node cannot ask for the client.
      runIn(machine, "sysctl", "-qw", "net.ipv6.conf.eth0.accept_dad=0");
      ip(machine, "link", "set", "lo", "up");
      ip(machine, "link", "set", "eth0", "up");
      ip(machine, "addr", "add", (first ? NODE : CLIENT).getHostAddress() + "/24", "dev", "eth0");
      String address6 = "2001:db8:210::" + (first ? "1" : "2") + "/64";
      ip(machine, "addr", "add", address6, "dev", "eth0", "nodad");
    }
    String mac = ip(node, "-br", "link", "show", "dev", "eth0").split("\\s+", -1)[2];
    for (InetAddress address : List.of(ADDRESS, ADDRESS6, ASKED_ADDRESS)) {
      String host = address.getHostAddress();
      String source = address.equals(ADDRESS6) ? "2001:db8:210::1" : NODE.getHostAddress();
      ip(node, "route", "add", "local", host, "dev", "lo", "table", "local", "src", source);
      if (!address.equals(ASKED_ADDRESS)) {
        ip(client, "neigh", "add", host, "lladdr", mac, "dev", "eth0", "nud", "permanent");
      }
    }
  }

  public String name() {
    return node;
  }

  /** Calls on this thread, in the namespace of the node: sockets and threads belong to it. */
  public <T> T onNode(Callable<T> call) throws Exception {
    return ThreadNamespace.call(node, call);
  }

  /** Activates the steering of the node. */
  public void activate(Steering steering) throws Exception {
    onNode(
        () -> {
          steering.activate();
          return null;
        });
  }

  /** Calls on this thread, in the namespace of the client. */
  public <T> T onClient(Callable<T> call) throws Exception {
    return ThreadNamespace.call(client, call);
  }

  /** The output of a program in the namespace of the node. */
  public String runOnNode(String... command) throws IOException, InterruptedException {
    return runIn(node, command);
  }

  public String runOnClient(String... command) throws IOException, InterruptedException {
    return runIn(client, command);
  }

  /** Loads rules of nftables on the node. */
  public void loadOnNode(String rules) throws IOException, InterruptedException {
    load(node, rules);
  }

  void loadOnClient(String rules) throws IOException, InterruptedException {
    load(client, rules);
  }

  private static void load(String machine, String rules) throws IOException, InterruptedException {
    Process nft = new ProcessBuilder("ip", "netns", "exec", machine, "nft", "-f", "-").start();
    try (var input = nft.outputWriter(UTF_8)) {
      input.write(rules);
    }
    assertThat(nft.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(new String(nft.getErrorStream().readAllBytes(), UTF_8)).isEmpty();
  }

  /** Runs a main class of the tests in the namespace of the node. */
  public Process javaOnNode(Class<?> main) throws IOException {
    return new ProcessBuilder(
            "nsenter",
            "--net=/var/run/netns/" + node,
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            main.getName())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static String ip(String machine, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("ip", "-n", machine));
    command.addAll(List.of(arguments));
    return run(command.toArray(String[]::new));
  }

  private static String runIn(String machine, String... command)
      throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", machine));
    all.addAll(List.of(command));
    return run(all.toArray(String[]::new));
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as("%s: %s", List.of(command), output).isZero();
    return output;
  }

  /** Any address of a local network, such as {@code 10.98.3.7} for 757. */
  static InetAddress numbered(int number) throws UnknownHostException {
    return InetAddress.getByAddress(
        new byte[] {10, 98, (byte) (number / 250), (byte) (number % 250 + 1)});
  }

  @Override
  public void close() throws IOException, InterruptedException {
    run("ip", "netns", "del", node);
    run("ip", "netns", "del", client);
  }
}
