package dev.ballast.dataplane.server.steering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.server.announce.LineProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An announced address of a node that falls silent. */
@Tag("feature:faults")
@EnabledIf("dev.ballast.dataplane.server.announce.NetworkNamespace#isRoot")
class FencedNodeTest {

  private static final String ADDRESS = "198.18.210.102";
  private static final Duration SLACK = Duration.ofMillis(30);

  private SteeringNamespace namespace;
  private LineProcess node;

  @BeforeEach
  void start() throws Exception {
    namespace = new SteeringNamespace();
    node = LineProcess.with(namespace.javaOnNode(FencedNodeProcess.class), "armed");
  }

  @AfterEach
  void stop() throws Exception {
    node.process().destroyForcibly().waitFor(5, TimeUnit.SECONDS);
    namespace.close();
  }

  @Test
  void a_stopped_process_takes_no_connection_after_the_time_out_and_comes_back() throws Exception {
    // Given
    InetAddress address = InetAddress.ofLiteral(ADDRESS);
    assertThat(node.request("serve " + ADDRESS)).startsWith("Acquired");
    assertThat(connects(address)).isTrue();

    // When
    signal("STOP");
    long stopped = System.nanoTime();
    ConnectSample sample =
        ConnectSample.take(
            namespace, address, Duration.ofMillis(1500), ConnectSample.IMPATIENT_MILLIS);

    // Then
    System.out.printf(
        "SIGSTOP: the last connection began after %d ms%n",
        TimeUnit.NANOSECONDS.toMillis(sample.lastConnected() - stopped));
    assertThat(Duration.ofNanos(sample.lastConnected() - stopped))
        .isLessThan(SelfFencing.TIMEOUT.plus(SLACK));
    assertThat(sample.connected()).isLessThan(sample.attempts());
    assertThat(resolves(address)).isFalse();
    signal("CONT");
    await().atMost(3, TimeUnit.SECONDS).until(() -> connects(address));
  }

  private boolean connects(InetAddress address) throws Exception {
    return namespace.onClient(() -> ConnectSample.connects(address, 300));
  }

  private void signal(String signal) throws Exception {
    String pid = String.valueOf(node.process().pid());
    assertThat(new ProcessBuilder("kill", "-" + signal, pid).start().waitFor()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {ADDRESS, "2001:db8:210::102"})
  void a_neighbor_gets_no_answer_while_heartbeats_are_missing(String literal) throws Exception {
    // Given
    InetAddress address = InetAddress.ofLiteral(literal);
    assertThat(node.request("serve " + literal)).startsWith("Acquired");
    assertThat(resolves(address)).isTrue();

    // When
    tell("pause");
    await().atMost(2, TimeUnit.SECONDS).until(() -> node.request("fenced").equals("true"));

    // Then
    assertThat(resolves(address)).isFalse();
    tell("again " + literal);
    await()
        .during(Duration.ofMillis(1500))
        .atMost(Duration.ofSeconds(4))
        .until(() -> !neighbor(address).contains("lladdr"));
    tell("resume");
    assertThat(resolves(address)).isTrue();
  }

  private void tell(String command) throws IOException {
    node.requests().write(command + "\n");
    node.requests().flush();
  }

  /** Forgets what the client has learned, and asks again. */
  private boolean resolves(InetAddress address) throws Exception {
    namespace.runOnClient("ip", "neigh", "flush", "dev", "eth0");
    boolean unused = namespace.onClient(() -> address.isReachable(600));
    return neighbor(address).contains("lladdr");
  }

  private String neighbor(InetAddress address) throws Exception {
    return namespace.runOnClient("ip", "neigh", "show", address.getHostAddress());
  }
}
