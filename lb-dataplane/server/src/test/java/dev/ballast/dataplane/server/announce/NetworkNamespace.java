package dev.ballast.dataplane.server.announce;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A LAN for one test: a switch and three machines, each a network namespace. The first machine runs
 * the announcer.
 */
public final class NetworkNamespace {

  private final String name =
      "ballast-test-" + HexFormat.of().toHexDigits((short) ThreadLocalRandom.current().nextInt());
  private final String neighbour = name + "-n";
  private final String other = name + "-o";
  private final String lan = name + "-s";

  public NetworkNamespace() throws IOException, InterruptedException {
    ip("netns", "add", lan);
    ip("-n", lan, "link", "add", "switch", "type", "bridge");
    ip("-n", lan, "link", "set", "switch", "up");
    int number = 0;
    for (String machine : List.of(name, neighbour, other)) {
      number++;
      String port = "port" + number;
      ip("netns", "add", machine);
      ip("-n", machine, "link", "set", "lo", "up");
      ip("-n", machine, "link", "add", "eth0", "type", "veth", "peer", "name", port, "netns", lan);
      ip("-n", lan, "link", "set", port, "master", "switch", "up");
      ip("-n", machine, "link", "set", "eth0", "up");
      ip("-n", machine, "addr", "add", "198.18.200." + number + "/24", "dev", "eth0");
      ip("-n", machine, "addr", "add", "2001:db8:200::" + number + "/64", "dev", "eth0", "nodad");
    }
  }

  public static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  /** The output of {@code ip} for the namespace of the announcer. */
  public String ipInside(String... arguments) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("-n", name));
    all.addAll(List.of(arguments));
    return ip(all.toArray(String[]::new));
  }

  /** A second interface of the announcer at the same switch. */
  public void addInterface(String interfaceName) throws IOException, InterruptedException {
    String port = "port-" + interfaceName;
    ipInside("link", "add", interfaceName, "type", "veth", "peer", "name", port, "netns", lan);
    ip("-n", lan, "link", "set", port, "master", "switch", "up");
    ipInside("link", "set", interfaceName, "up");
  }

  /** The output of {@code ip} for the switch. */
  public String ipAtSwitch(String... arguments) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("-n", lan));
    all.addAll(List.of(arguments));
    return ip(all.toArray(String[]::new));
  }

  /** The output of {@code ip} for the namespace of the second node. */
  String ipAtOther(String... arguments) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("-n", other));
    all.addAll(List.of(arguments));
    return ip(all.toArray(String[]::new));
  }

  /** The output of a program in the namespace of the announcer. */
  public String runInside(String... command) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", name));
    all.addAll(List.of(command));
    return run(all);
  }

  /** The output of a program in the namespace of the neighbor. */
  public String runAtNeighbor(String... command) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", neighbour));
    all.addAll(List.of(command));
    return run(all);
  }

  /** Loads rules of nftables at the machine of the announcer. */
  public void rulesInside(String rules) throws IOException, InterruptedException {
    rules(name, rules);
  }

  /** Loads rules of nftables at the neighbor. */
  public void rulesAtNeighbor(String rules) throws IOException, InterruptedException {
    rules(neighbour, rules);
  }

  /** Loads rules of nftables at the switch. */
  public void rulesAtSwitch(String rules) throws IOException, InterruptedException {
    rules(lan, rules);
  }

  private static void rules(String namespace, String rules)
      throws IOException, InterruptedException {
    Path file = Files.createTempFile("ballast", ".nft");
    try {
      Files.writeString(file, rules);
      run(List.of("ip", "netns", "exec", namespace, "nft", "-f", file.toString()));
    } finally {
      Files.delete(file);
    }
  }

  /** The output of {@code ip} for the namespace of the neighbor. */
  public String ipAtNeighbor(String... arguments) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("-n", neighbour));
    all.addAll(List.of(arguments));
    return ip(all.toArray(String[]::new));
  }

  /** The MAC address of the first machine, or of the other one. */
  public String mac(boolean ofOther) throws IOException, InterruptedException {
    return ip("-n", ofOther ? other : name, "-br", "link", "show", "dev", "eth0")
        .split("\\s+", -1)[2];
  }

  /** The MAC address of an interface of the first machine. */
  String mac(String interfaceName) throws IOException, InterruptedException {
    return ipInside("-br", "link", "show", "dev", interfaceName).split("\\s+", -1)[2];
  }

  public String macOfNeighbor() throws IOException, InterruptedException {
    return ip("-n", neighbour, "-br", "link", "show", "dev", "eth0").split("\\s+", -1)[2];
  }

  /** Runs a main class of the tests in the namespace of the announcer. */
  public Process java(Class<?> main, String... arguments) throws IOException {
    return javaIn(name, main, List.of(), arguments);
  }

  /** The same without the capabilities to change the network. */
  public Process powerlessJava(Class<?> main, String capability, String... arguments)
      throws IOException {
    return javaIn(
        name,
        main,
        List.of("setpriv", "--bounding-set=-" + capability, "--inh-caps=-" + capability),
        arguments);
  }

  /** The same in the namespace of the neighbor. */
  public Process javaAtNeighbor(Class<?> main, String... arguments) throws IOException {
    return javaIn(neighbour, main, List.of(), arguments);
  }

  /** The same with all optimizations of the JVM, which starts more slowly. */
  public Process optimizedJavaAtNeighbor(Class<?> main, String... arguments) throws IOException {
    return javaIn(
        neighbour, main, List.of("env", "_JAVA_OPTIONS=-XX:TieredStopAtLevel=4"), arguments);
  }

  /** The same in the namespace of a second node. */
  public Process javaAtOther(Class<?> main, String... arguments) throws IOException {
    return javaIn(other, main, List.of(), arguments);
  }

  private static Process javaIn(
      String namespace, Class<?> main, List<String> wrapper, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(List.of("nsenter", "--net=/var/run/netns/" + namespace));
    command.addAll(wrapper);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            main.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static String ip(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    return run(command);
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as("%s: %s", command, output).isZero();
    return output;
  }

  public void remove() throws IOException, InterruptedException {
    for (String machine : List.of(name, neighbour, other, lan)) {
      ip("netns", "del", machine);
    }
  }
}
