package dev.ballast.dataplane.server.steering;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A client and two nodes at a switch, each a network namespace. An address is local on both nodes.
 * The client sends to the former owner, until {@link #move}.
 */
final class MovedAddressNamespace implements AutoCloseable {

  private static final InetAddress ADDRESS = InetAddress.ofLiteral("198.18.211.100");
  private static final InetAddress ADDRESS6 = InetAddress.ofLiteral("2001:db8:211::100");

  private final String lan =
      "ballast-moved-" + HexFormat.of().toHexDigits((short) ThreadLocalRandom.current().nextInt());
  private final String former = lan + "-f";
  private final String owner = lan + "-o";
  private final String client = lan + "-c";

  MovedAddressNamespace() throws IOException, InterruptedException {
    run("ip", "netns", "add", lan);
    run("ip", "-n", lan, "link", "add", "switch", "type", "bridge");
    run("ip", "-n", lan, "link", "set", "switch", "up");
    int number = 0;
    for (String machine : List.of(former, owner, client)) {
      number++;
      String port = "port" + number;
      run("ip", "netns", "add", machine);
      ip(machine, "link", "add", "eth0", "type", "veth", "peer", "name", port, "netns", lan);
      run("ip", "-n", lan, "link", "set", port, "master", "switch", "up");
      run("ip", "netns", "exec", machine, "sysctl", "-qw", "net.ipv6.conf.eth0.accept_dad=0");
      ip(machine, "link", "set", "lo", "up");
      ip(machine, "link", "set", "eth0", "up");
      ip(machine, "addr", "add", "198.18.211." + number + "/24", "dev", "eth0");
      ip(machine, "addr", "add", "2001:db8:211::" + number + "/64", "dev", "eth0", "nodad");
    }
    for (String node : List.of(former, owner)) {
      for (boolean ipv6 : new boolean[] {false, true}) {
        ip(node, "route", "add", "local", address(ipv6).getHostAddress(), "dev", "lo");
      }
    }
    // For the sockets of a test, which bind to an address that no interface has.
    run("ip", "netns", "exec", former, "sysctl", "-qw", "net.ipv6.ip_nonlocal_bind=1");
    sendTo(former);
  }

  static InetAddress address(boolean ipv6) {
    return ipv6 ? ADDRESS6 : ADDRESS;
  }

  /** Of the node that has the address at first. */
  static InetAddress formerOwner(boolean ipv6) {
    return InetAddress.ofLiteral(ipv6 ? "2001:db8:211::1" : "198.18.211.1");
  }

  /** From now on, the client sends to the new owner. */
  void move() throws IOException, InterruptedException {
    sendTo(owner);
  }

  private void sendTo(String node) throws IOException, InterruptedException {
    String mac = ip(node, "-br", "link", "show", "dev", "eth0").split("\\s+", -1)[2];
    for (boolean ipv6 : new boolean[] {false, true}) {
      String host = address(ipv6).getHostAddress();
      ip(client, "neigh", "replace", host, "lladdr", mac, "dev", "eth0", "nud", "permanent");
    }
  }

  int interfaceOfOwner() throws IOException, InterruptedException {
    return Integer.parseInt(
        ip(owner, "-o", "link", "show", "dev", "eth0").split(":", 2)[0].strip());
  }

  <T> T onFormerOwner(Callable<T> call) throws Exception {
    return ThreadNamespace.call(former, call);
  }

  <T> T onOwner(Callable<T> call) throws Exception {
    return ThreadNamespace.call(owner, call);
  }

  <T> T onClient(Callable<T> call) throws Exception {
    return ThreadNamespace.call(client, call);
  }

  String runOnOwner(String... command) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", owner));
    all.addAll(List.of(command));
    return run(all.toArray(String[]::new));
  }

  private static String ip(String machine, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("ip", "-n", machine));
    command.addAll(List.of(arguments));
    return run(command.toArray(String[]::new));
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as("%s: %s", List.of(command), output).isZero();
    return output;
  }

  @Override
  public void close() throws IOException, InterruptedException {
    for (String machine : List.of(former, owner, client, lan)) {
      run("ip", "netns", "del", machine);
    }
  }
}
