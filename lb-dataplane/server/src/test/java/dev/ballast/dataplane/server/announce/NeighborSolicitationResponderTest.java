package dev.ballast.dataplane.server.announce;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** IPv6 addresses at a LAN of network namespaces: two nodes, and a neighbour that asks. */
@Tag("feature:families")
class NeighborSolicitationResponderTest {

  private static final String ADDRESS = "2001:db8:200::77";
  private static final String GROUP = "ff02::1:ff00:77";

  private final List<Process> processes = new CopyOnWriteArrayList<>();
  private NetworkNamespace network;
  private LineProcess announcer;
  private LineProcess caller;

  @BeforeEach
  void start() throws Exception {
    assumeTrue(NetworkNamespace.isRoot(), "network namespaces are made by root only");
    network = new NetworkNamespace();
    caller = dialogue(network.javaAtNeighbour(ConnectProbe.class), "calling");
    announcer = dialogue(network.java(AnnouncerProcess.class), "started");
    dialogue(network.java(NameServerProcess.class, "first"), "greeting");
  }

  @AfterEach
  void stop() throws Exception {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
    if (network != null) {
      network.remove();
    }
  }

  @Test
  void a_neighbour_finds_a_taken_address_and_connects_to_it() throws Exception {
    // Given
    assertThat(announcer.say("acquire " + ADDRESS)).isEqualTo("Acquired[]");

    // When
    String answer = caller.say(ADDRESS);

    // Then
    assertThat(answer).isEqualTo("first");
    assertThat(neighbours()).contains(ADDRESS).contains(network.mac(false));
    // No interface has it, so it is never the source of what this machine itself sends.
    assertThat(network.ipInside("-6", "address", "show")).doesNotContain(ADDRESS);
  }

  /** A neighbour that still knows the address asks for it directly, rather than the group. */
  @Test
  void a_neighbour_that_checks_what_it_knows_is_answered() throws Exception {
    // Given
    announcer.say("acquire " + ADDRESS);
    caller.say(ADDRESS);

    // When
    probe();

    // Then
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(() -> assertThat(neighbours()).contains("REACHABLE"));
  }

  @Test
  void all_neighbours_know_atOnce_when_it_moves_to_another_node() throws Exception {
    // Given
    LineProcess other = dialogue(network.javaAtOther(AnnouncerProcess.class), "started");
    dialogue(network.javaAtOther(NameServerProcess.class, "other"), "greeting");
    announcer.say("acquire " + ADDRESS);
    assertThat(caller.say(ADDRESS)).isEqualTo("first");

    // When
    other.say("acquire " + ADDRESS);

    // Then: nobody has asked, and the former owner has not even let go of it.
    await()
        .atMost(ofSeconds(1))
        .untilAsserted(() -> assertThat(neighbours()).contains(network.mac(true)));
    announcer.say("release");
    assertThat(caller.say(ADDRESS)).isEqualTo("other");
  }

  @Test
  void nobody_is_answered_for_a_dropped_address() throws Exception {
    // Given
    announcer.say("acquire " + ADDRESS);
    assertThat(caller.say(ADDRESS)).isEqualTo("first");

    // When
    announcer.say("release");

    // Then
    network.ipAtNeighbour("neigh", "flush", "dev", "eth0");
    assertThat(caller.say(ADDRESS)).startsWith("failed");
    assertThat(groups()).doesNotContain(GROUP);
    assertThat(announcer.say("acquire " + ADDRESS)).isEqualTo("Acquired[]");
    network.ipAtNeighbour("neigh", "flush", "dev", "eth0");
    assertThat(caller.say(ADDRESS)).isEqualTo("first");
  }

  @Test
  void two_addresses_of_one_group_do_not_end_with_the_first_of_them() throws Exception {
    // Given
    String twin = "2001:db8:200:0:1::77";
    announcer.say("acquire " + ADDRESS);
    announcer.say("acquire " + twin);
    assertThat(groups()).contains(GROUP);

    // When
    announcer.say("retain " + ADDRESS);

    // Then
    network.ipAtNeighbour("neigh", "flush", "dev", "eth0");
    assertThat(caller.say(ADDRESS)).isEqualTo("first");
    assertThat(caller.say(twin)).startsWith("failed");
  }

  @Test
  void an_address_that_an_interface_has_stays_when_it_is_dropped() throws Exception {
    // Given
    assertThat(announcer.say("acquire 2001:db8:200::1")).isEqualTo("Acquired[]");

    // When
    announcer.say("release");

    // Then
    network.ipAtNeighbour("neigh", "flush", "dev", "eth0");
    assertThat(caller.say("2001:db8:200::1")).isEqualTo("first");
    assertThat(groups()).contains("ff02::1:ff00:1");
  }

  @Test
  void a_killed_process_leaves_no_group_behind_and_its_successor_takes_the_address_anew()
      throws Exception {
    // Given
    announcer.say("acquire " + ADDRESS);
    assertThat(groups()).contains(GROUP);

    // When
    announcer.process().destroyForcibly().waitFor();

    // Then
    assertThat(groups()).doesNotContain(GROUP);
    LineProcess successor = dialogue(network.java(AnnouncerProcess.class), "started");
    assertThat(successor.say("acquire " + ADDRESS)).isEqualTo("Acquired[]");
    network.ipAtNeighbour("neigh", "flush", "dev", "eth0");
    assertThat(caller.say(ADDRESS)).isEqualTo("first");
  }

  @Test
  void a_node_that_leaves_answers_none_but_those_who_have_connections_here() throws Exception {
    // Given
    announcer.say("acquire " + ADDRESS);
    assertThat(caller.say(ADDRESS)).isEqualTo("first");

    // When
    announcer.say("stop");

    // Then
    assertThat(groups()).doesNotContain(GROUP);
    probe();
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(() -> assertThat(neighbours()).contains("REACHABLE"));
    assertThat(caller.say(ADDRESS)).isEqualTo("first");
    network.ipAtNeighbour("neigh", "flush", "dev", "eth0");
    assertThat(caller.say(ADDRESS)).startsWith("failed");
  }

  @Test
  void a_machine_that_is_about_to_use_a_taken_address_is_told_that_it_is_taken() throws Exception {
    // Given
    announcer.say("acquire " + ADDRESS);

    // When
    network.ipAtNeighbour("address", "add", ADDRESS + "/64", "dev", "eth0");

    // Then
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(
            () ->
                assertThat(network.ipAtNeighbour("-6", "address", "show", "dev", "eth0"))
                    .contains("dadfailed"));
  }

  @Test
  void neighbours_hear_three_advertisements_that_override_what_they_knew() throws Exception {
    // Given
    List<String> heard = listen();

    // When
    announcer.say("acquire " + ADDRESS);

    // Then
    String said =
        "flags 20000000 target 2001:db8:200:0:0:0:0:77 to ff02:0:0:0:0:0:0:1"
            + " at 33:33:00:00:00:01 hops 255 checksum ffff";
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(() -> assertThat(heard).filteredOn(said::equals).hasSize(3));
  }

  @Test
  void where_ipv6_is_switched_off_the_refusal_says_so() throws Exception {
    // Given
    network.runInside("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1");

    // When
    String result = announcer.say("acquire " + ADDRESS);

    // Then
    assertThat(result).contains("IPv6Disabled", "disable_ipv6");
  }

  /** Has the neighbour ask the node directly whether it is still there. */
  private void probe() throws Exception {
    network.ipAtNeighbour(
        "neigh", "change", ADDRESS, "lladdr", network.mac(false), "dev", "eth0", "nud", "probe");
  }

  private String neighbours() throws Exception {
    return network.ipAtNeighbour("-6", "neigh", "show", ADDRESS, "dev", "eth0");
  }

  private String groups() throws Exception {
    return network.ipInside("-6", "maddress", "show", "dev", "eth0");
  }

  private LineProcess dialogue(Process process, String greeting) {
    processes.add(process);
    return LineProcess.with(process, greeting);
  }

  private List<String> listen() throws IOException {
    LineProcess listener = dialogue(network.javaAtNeighbour(NdpCapture.class), "listening");
    List<String> heard = new CopyOnWriteArrayList<>();
    Thread.ofVirtual().start(() -> listener.answers().lines().forEach(heard::add));
    return heard;
  }
}
