package dev.ballast.dataplane.server.steering;

import static dev.ballast.dataplane.core.plan.Protocol.TCP;
import static dev.ballast.dataplane.server.steering.FrontendVerdict.ACCEPT;
import static dev.ballast.dataplane.server.steering.SteeringNamespace.ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.core.plan.Binding;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Other programs that change nftables. */
@EnabledIf("dev.ballast.dataplane.server.announce.NetworkNamespace#isRoot")
class SteeringRepairTest {

  private SteeringNamespace namespace;
  private TransparentSockets sockets;
  private Steering steering;

  @BeforeEach
  void start() throws Exception {
    namespace = new SteeringNamespace();
    sockets = namespace.onNode(TransparentSockets::new);
    steering = started();
    steering.addAddress(ADDRESS);
    steering.apply(new FrontendChanges(Map.of(new Binding(ADDRESS, 80, TCP), ACCEPT), Set.of()));
  }

  @AfterEach
  void stop() throws Exception {
    steering.close();
    sockets.close();
    namespace.close();
  }

  private Steering started() throws Exception {
    return namespace.onNode(
        () -> {
          Steering created = Steering.nftables(SteeringSetting.AUTO);
          created.start(sockets.listeners());
          created.activate();
          return created;
        });
  }

  private String ruleset() throws Exception {
    return namespace.runOnNode("nft", "list", "ruleset");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "flush ruleset",
        "delete table inet ballast",
        "delete table arp ballast",
        "flush chain inet ballast steer4",
        "flush set inet ballast accepting4",
        "delete element inet ballast addresses4 { 198.18.210.100 }",
        "add element inet ballast accepting4 { 198.18.210.100 . tcp . 22 }",
        "insert rule inet ballast steer4 accept"
      })
  void a_change_by_another_program_is_undone_within_a_second_and_counted(String command)
      throws Exception {
    // Given
    String before = ruleset();

    // When
    namespace.runOnNode("nft", command);

    // Then
    await()
        .pollInterval(Duration.ofMillis(20))
        .atMost(Duration.ofSeconds(1))
        .untilAsserted(() -> assertThat(steering.repairs()).isEqualTo(1));
    assertThat(ruleset()).isEqualTo(before);
  }

  @Test
  void a_change_right_after_a_foreign_one_succeeds_and_repairs_the_rest() throws Exception {
    // Given
    namespace.runOnNode("nft", "flush ruleset");

    // When
    steering.apply(new FrontendChanges(Map.of(new Binding(ADDRESS, 443, TCP), ACCEPT), Set.of()));

    // Then
    await().atMost(Duration.ofSeconds(1)).until(() -> steering.repairs() == 1);
    assertThat(ruleset()).contains(". tcp . 80", ". tcp . 443");
  }

  @Test
  void tables_of_other_programs_are_none_of_our_business() throws Exception {
    // Given
    namespace.runOnNode("nft", "add table ip kube");

    // When
    namespace.runOnNode("nft", "add chain ip kube services");
    namespace.runOnNode("nft", "delete table ip kube");

    // Then
    await()
        .during(Duration.ofMillis(300))
        .atMost(Duration.ofSeconds(1))
        .until(() -> steering.repairs() == 0);
  }

  @Test
  void a_process_that_starts_later_has_the_tables_from_then_on() throws Exception {
    // Given
    String before = ruleset();

    // When
    try (Steering later = started()) {
      later.addAddress(SteeringNamespace.ASKED_ADDRESS);
      String after = ruleset();

      // Then
      await()
          .during(Duration.ofMillis(300))
          .atMost(Duration.ofSeconds(2))
          .until(() -> steering.repairs() == 0 && later.repairs() == 0);
      steering.close();
      assertThat(ruleset()).isEqualTo(after).isNotEqualTo(before);
    }
    assertThat(ruleset()).isEmpty();
  }
}
