package dev.ballast.dataplane.server.announce;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** A network of its own for one test: two ends of a cable, each in a namespace, 198.18.200.0/24. */
final class NetworkNamespace {

  private final String name =
      "ballast-test-" + HexFormat.of().toHexDigits((short) ThreadLocalRandom.current().nextInt());
  private final String neighbour = name + "-n";

  NetworkNamespace() throws IOException, InterruptedException {
    ip("netns", "add", name);
    ip("netns", "add", neighbour);
    ip(
        "-n", name, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns",
        neighbour);
    for (String end : List.of(name, neighbour)) {
      ip("-n", end, "link", "set", "lo", "up");
      ip("-n", end, "link", "set", "eth0", "up");
    }
    ip("-n", name, "addr", "add", "198.18.200.1/24", "dev", "eth0");
    ip("-n", neighbour, "addr", "add", "198.18.200.2/24", "dev", "eth0");
  }

  static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  /** What {@code ip} says of the namespace with the announcer. */
  String ipInside(String... arguments) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("-n", name));
    all.addAll(List.of(arguments));
    return ip(all.toArray(String[]::new));
  }

  /** Runs a main class of the tests in the namespace with the announcer. */
  Process java(Class<?> main, String... arguments) throws IOException {
    return javaIn(name, main, List.of(), arguments);
  }

  /** The same without the capabilities to change the network. */
  Process powerlessJava(Class<?> main, String capability, String... arguments) throws IOException {
    return javaIn(
        name,
        main,
        List.of("setpriv", "--bounding-set=-" + capability, "--inh-caps=-" + capability),
        arguments);
  }

  /** The same at the other end of the cable. */
  Process javaAtNeighbour(Class<?> main, String... arguments) throws IOException {
    return javaIn(neighbour, main, List.of(), arguments);
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
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as("%s: %s", command, output).isZero();
    return output;
  }

  void remove() throws IOException, InterruptedException {
    ip("netns", "del", name);
    ip("netns", "del", neighbour);
  }
}
