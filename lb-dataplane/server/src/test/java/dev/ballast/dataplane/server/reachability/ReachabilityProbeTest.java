package dev.ballast.dataplane.server.reachability;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.server.announce.AnnouncerNetwork;
import dev.ballast.dataplane.server.announce.LineProcess;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A node that checks the addresses of another node, on a LAN of network namespaces. */
class ReachabilityProbeTest {

  private static final String V4 = "198.18.200.77";
  private static final String V6 = "2001:db8:200::77";

  @RegisterExtension final AnnouncerNetwork network = new AnnouncerNetwork();

  private LineProcess node;
  private LineProcess prober;
  private String mac;

  @BeforeEach
  void start() throws Exception {
    node = network.steeredNode("tproxy", "0");
    prober = network.process(network.lan.javaAtNeighbor(ReachabilityProcess.class), "started");
    mac = network.lan.mac(false);
    // Without a link-local address, a kernel finds no neighbor for its answer.
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(
            () ->
                assertThat(network.lan.ipInside("addr") + network.lan.ipAtNeighbor("addr"))
                    .doesNotContain("tentative"));
    network.acquire(node, V4);
    network.acquire(node, V6);
  }

  @ParameterizedTest
  @ValueSource(strings = {V4 + " 8080", V6 + " 8080", V4 + " -", V6 + " -"})
  void an_address_that_another_node_announces_is_reachable(String target) throws Exception {
    // When
    String result = prober.request("check " + target);

    // Then
    assertThat(result).isEqualTo("Reachable[mac=" + mac + "]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"198.18.200.99 8080", "2001:db8:200::99 8080", "198.18.200.99 -"})
  void an_address_that_no_machine_has_gets_no_neighbor_answer(String target) throws Exception {
    // When
    String result = prober.request("check " + target);

    // Then
    assertThat(result).isEqualTo("NoNeighborAnswer[]");
  }

  @ParameterizedTest
  @ValueSource(strings = {V4, V6})
  void a_port_without_a_listener_refuses_the_connection(String address) throws Exception {
    // When
    String result = prober.request("check " + address + " 8081");

    // Then
    assertThat(result).isEqualTo("ConnectionRefused[mac=" + mac + "]");
  }

  @ParameterizedTest
  @ValueSource(strings = {V4, V6})
  void a_firewall_of_the_node_that_drops_leaves_the_connection_unanswered(String address)
      throws Exception {
    // Given
    network.lan.rulesInside(inputChain("tcp dport 8080 drop"));

    // When
    String result = prober.request("check " + address + " 8080");

    // Then
    assertThat(result).isEqualTo("NoConnectionAnswer[mac=" + mac + "]");
    assertThat(prober.request("check " + address + " -")).startsWith("Reachable");
  }

  @ParameterizedTest
  @ValueSource(strings = {V4, V6})
  void a_firewall_of_the_node_that_rejects_prohibits_the_connection(String address)
      throws Exception {
    // Given
    network.lan.rulesInside(inputChain("tcp dport 8080 reject with icmpx admin-prohibited"));

    // When
    String result = prober.request("check " + address + " 8080");

    // Then
    assertThat(result).startsWith("Prohibited[mac=" + mac + ", by=").contains("/");
  }

  @ParameterizedTest
  @ValueSource(strings = {V4, V6})
  void the_firewall_and_the_nat_of_the_checking_node_change_nothing(String address)
      throws Exception {
    // Given: what kube-proxy and strict firewalls do. Without Neighbor Discovery, no machine could
    // send to this node.
    network.lan.rulesAtNeighbor(
        """
        table inet filter {
          chain input {
            type filter hook input priority 0; policy drop;
            icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
          }
          chain output {
            type filter hook output priority 0; policy drop;
            icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
          }
        }
        table netdev early {
          chain ingress {
            type filter hook ingress device "eth0" priority 0; policy drop;
            ether type arp accept
            icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
          }
        }
        table inet kube {
          chain output {
            type nat hook output priority -100;
            ip daddr 198.18.200.77 tcp dport 8080 dnat ip to 198.18.200.2:9
            ip6 daddr 2001:db8:200::77 tcp dport 8080 dnat ip6 to [2001:db8:200::2]:9
          }
        }
        """);

    // When
    String result = prober.request("check " + address + " 8080");

    // Then
    assertThat(result).isEqualTo("Reachable[mac=" + mac + "]");
    assertNoHalfOpenConnection();
  }

  @ParameterizedTest
  @ValueSource(strings = {V4, V6})
  void two_hundred_checks_reach_no_server_and_leave_nothing_behind(String address)
      throws Exception {
    // Given
    long accepted = accepted();

    // When
    String results = prober.request("check-many " + address + " 8080 200");

    // Then
    assertThat(results).isEqualTo("{Reachable=200}");
    assertNoHalfOpenConnection();
    assertThat(accepted()).isEqualTo(accepted);
    assertThat(network.prober().request(address)).isEqualTo("first");
    assertThat(accepted()).as("of an ordinary client").isEqualTo(accepted + 1);
  }

  @Test
  void many_addresses_are_checked_at_the_same_time() throws Exception {
    // Given
    String free =
        IntStream.range(100, 200)
            .mapToObj(last -> "198.18.200." + last)
            .collect(Collectors.joining(" "));
    long before = System.nanoTime();

    // When
    String results = prober.request("check-all 8080 " + free + " " + V4 + " " + V6);

    // Then: 64 at a time, 700 milliseconds each.
    assertThat(results).isEqualTo("{NoNeighborAnswer=100, Reachable=2}");
    assertThat(System.nanoTime() - before).isLessThan(ofSeconds(4).toNanos());
  }

  @Test
  void lost_frames_are_no_alarm() throws Exception {
    // Given: a request and its answer get through in half of the cases.
    network.lan.rulesAtSwitch(
        """
        table bridge loss {
          chain forward {
            type filter hook forward priority 0;
            numgen random mod 100 < 30 drop
          }
        }
        """);

    network.acquire(node, "198.18.200.78");
    String addresses = String.join(" ", V4, V6, "198.18.200.78", "");

    // When
    String results = prober.request("check-all 8080 " + addresses.repeat(14).strip());

    // Then: without repetition, three of four are alarms. With three each, about a quarter.
    Matcher reachable = Pattern.compile("Reachable=(\\d+)").matcher(results);
    assertThat(reachable.find()).as(results).isTrue();
    assertThat(Integer.parseInt(reachable.group(1))).as(results).isGreaterThanOrEqualTo(20);
  }

  @Test
  void foreign_traffic_wakes_no_thread() throws Exception {
    // Given
    prober.request("check " + V4 + " 8080");
    prober.request("check " + V6 + " 8080");
    long frames = Long.parseLong(prober.request("frames"));
    LineProcess client = network.prober();

    // When
    for (int i = 0; i < 50; i++) {
      assertThat(client.request(V4)).isEqualTo("first");
      assertThat(client.request(V6)).isEqualTo("first");
      client.request(V4 + " 8081");
    }

    // Then: an ARP reply and a Neighbor Advertisement may be for the client.
    assertThat(Long.parseLong(prober.request("frames")) - frames).isLessThanOrEqualTo(4);
  }

  @Test
  void a_process_without_the_capability_checks_nothing() throws Exception {
    // Given
    LineProcess powerless =
        network.process(network.lan.powerlessJava(ReachabilityProcess.class, "net_raw"), "started");

    // When
    String result = powerless.request("check 198.18.200.2 8080");

    // Then
    assertThat(result).contains("NotChecked", "NET_RAW", "securityContext");
    assertThat(powerless.request("check-many 198.18.200.2 8080 5000"))
        .isEqualTo("{NotChecked=5000}");
  }

  @Test
  void an_interface_that_is_down_is_no_alarm_and_is_used_again_when_it_is_up() throws Exception {
    // Given
    prober.request("check " + V4 + " 8080");
    prober.request("start 198.18.200.99 8080");

    // When
    network.lan.ipAtNeighbor("link", "set", "eth0", "down");

    // Then
    assertThat(prober.request("result")).contains("NotChecked", "interface");
    network.lan.ipAtNeighbor("link", "set", "eth0", "up");
    await()
        .atMost(ofSeconds(10))
        .ignoreExceptions()
        .untilAsserted(
            () -> assertThat(prober.request("check " + V4 + " 8080")).contains("Reachable"));
  }

  @Test
  void the_end_of_the_probe_ends_its_checks_threads_and_sockets() throws Exception {
    // Given
    assertThat(prober.request("check " + V4 + " 8080")).contains("Reachable");
    assertThat(prober.request("threads")).contains("[reachability, reachability-");

    // When
    String result = prober.request("check-and-close 198.18.200.99 8080");

    // Then
    assertThat(result).isEqualTo("NotChecked[cause=the probe was closed.]");
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(() -> assertThat(prober.request("threads")).isEqualTo("[]"));
    assertThat(network.lan.runAtNeighbor("ss", "-H", "-0", "-a")).doesNotContain("eth0");
  }

  /** Prints the CPU time, which depends on the machine. */
  @Test
  void the_checks_of_a_thousand_addresses_on_three_nodes_cost_less_than_a_percent_of_a_core()
      throws Exception {
    // Given: a JVM with the compiler of a data plane.
    LineProcess optimized =
        network.process(network.lan.optimizedJavaAtNeighbor(ReachabilityProcess.class), "started");
    for (String address : new String[] {V4, V6}) {
      // When
      double micros = Double.parseDouble(optimized.request("cpu " + address + " 8080 3000"));

      // Then
      System.out.printf("CPU time of a check of %s: %.1f microseconds%n", address, micros);
      // Of 1,000 addresses, each of three nodes checks 333 a minute.
      assertThat(micros * 1_000 * 333 / Duration.ofMinutes(1).toNanos()).isLessThan(0.01);
    }
  }

  private static String inputChain(String rule) {
    return "table inet filter {\n chain input {\n type filter hook input priority 0;\n"
        + rule
        + "\n}\n}\n";
  }

  private long accepted() throws Exception {
    String counters = network.lan.runInside("nstat", "-asz", "TcpPassiveOpens");
    return Long.parseLong(counters.lines().toList().getLast().split("\\s+", -1)[1]);
  }

  private void assertNoHalfOpenConnection() {
    await()
        .atMost(ofSeconds(1))
        .untilAsserted(
            () ->
                assertThat(network.lan.runInside("ss", "-Htan", "state", "all"))
                    .doesNotContain("SYN-RECV", "ESTAB"));
  }
}
