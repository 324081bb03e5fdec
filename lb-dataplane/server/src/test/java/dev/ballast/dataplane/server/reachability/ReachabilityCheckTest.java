package dev.ballast.dataplane.server.reachability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.dataplane.server.announce.OnLinkSource;
import dev.ballast.dataplane.server.reachability.ReachabilityCheck.Step;
import dev.ballast.dataplane.server.reachability.packet.ProbeAnswer;
import dev.ballast.dataplane.server.reachability.packet.TcpConnection;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ReachabilityCheckTest {

  private static final int PORT = 7456;
  private static final int SEQUENCE = -1;
  private static final String MAC = "02:00:00:00:00:09";
  private static final InetAddress ADDRESS = InetAddress.ofLiteral("192.0.2.7");
  private static final OnLinkSource SOURCE =
      new OnLinkSource(2, "02:00:00:00:00:01", InetAddress.ofLiteral("192.0.2.1"));
  private static final TcpConnection CONNECTION =
      new TcpConnection(SOURCE.address(), PORT, ADDRESS, 443);
  private static final ProbeAnswer NEIGHBOR = new ProbeAnswer.NeighborAnswer(ADDRESS, MAC);

  private final ReachabilityCheck check = check(OptionalInt.of(443));

  private static ReachabilityCheck check(OptionalInt port) {
    return new ReachabilityCheck(new ProbeTarget(ADDRESS, port, SOURCE), PORT, SEQUENCE);
  }

  @Test
  void an_accepted_connection_is_reset() {
    // Given
    check.next();
    check.received(NEIGHBOR);

    // When
    Step step = check.received(new ProbeAnswer.ConnectionAnswer(CONNECTION, SEQUENCE + 1, true));

    // Then
    assertThat(step)
        .isInstanceOfSatisfying(
            Step.Finish.class,
            finish -> {
              assertThat(finish.result()).isEqualTo(new ReachabilityResult.Reachable(MAC));
              assertThat(flags(finish.reset().orElseThrow())).isEqualTo(4);
            });
  }

  @Test
  void a_refused_connection_and_a_prohibited_one_have_results_of_their_own() {
    // Given
    check.next();
    check.received(NEIGHBOR);
    InetAddress firewall = InetAddress.ofLiteral("192.0.2.3");

    // When
    List<ReachabilityResult> results =
        List.of(
            result(
                check.received(new ProbeAnswer.ConnectionAnswer(CONNECTION, SEQUENCE + 1, false))),
            result(
                check.received(new ProbeAnswer.UnreachableAnswer(CONNECTION, SEQUENCE, firewall))));

    // Then
    assertThat(results)
        .containsExactly(
            new ReachabilityResult.ConnectionRefused(MAC),
            new ReachabilityResult.Prohibited(MAC, firewall));
  }

  @Test
  void the_neighbor_is_asked_three_times() {
    // When
    List<Step> steps = stepsToEnd(check.next());

    // Then
    assertThat(steps).hasSize(4);
    assertThat(result(steps.getLast())).isEqualTo(new ReachabilityResult.NoNeighborAnswer());
    assertThat(((Step.Finish) steps.getLast()).reset()).isEmpty();
  }

  @Test
  void the_connection_is_tried_three_times_and_then_reset() {
    // Given
    check.next();
    check.next();

    // When
    List<Step> steps = stepsToEnd(check.received(NEIGHBOR));

    // Then
    assertThat(steps).hasSize(4);
    assertThat(steps.subList(0, 3)).allSatisfy(step -> assertThat(flags(sent(step))).isEqualTo(2));
    assertThat(sent(steps.get(2))).as("the same connection").isEqualTo(sent(steps.getFirst()));
    assertThat(result(steps.getLast())).isEqualTo(new ReachabilityResult.NoConnectionAnswer(MAC));
    assertThat(flags(((Step.Finish) steps.getLast()).reset().orElseThrow())).isEqualTo(4);
  }

  @Test
  void a_check_takes_about_two_seconds_at_most_and_waits_longer_than_another_kernel_repeats() {
    // When
    Duration neighbor = timeouts(stepsToEnd(check.next()));
    ReachabilityCheck second = check(OptionalInt.of(443));
    second.next();
    Duration connection = timeouts(stepsToEnd(second, second.received(NEIGHBOR)));

    // Then
    assertThat(connection).isGreaterThan(Duration.ofMillis(1200));
    assertThat(neighbor.plus(connection)).isLessThan(Duration.ofMillis(2200));
  }

  @Test
  void without_a_port_the_neighbor_answer_is_enough() {
    // Given
    ReachabilityCheck neighborOnly = check(OptionalInt.empty());
    neighborOnly.next();

    // When
    Step step = neighborOnly.received(NEIGHBOR);

    // Then
    assertThat(result(step)).isEqualTo(new ReachabilityResult.Reachable(MAC));
    assertThat(((Step.Finish) step).reset()).isEmpty();
  }

  @Test
  void answers_to_other_checks_are_ignored() {
    // Given
    ReachabilityCheck unanswered = check(OptionalInt.of(443));
    unanswered.next();
    check.next();
    check.received(NEIGHBOR);
    TcpConnection otherPort = new TcpConnection(SOURCE.address(), PORT + 1, ADDRESS, 443);
    InetAddress other = InetAddress.ofLiteral("192.0.2.8");

    // When
    List<Step> steps =
        List.of(
            check.received(NEIGHBOR),
            check.received(new ProbeAnswer.NeighborAnswer(other, MAC)),
            check.received(new ProbeAnswer.ConnectionAnswer(otherPort, SEQUENCE + 1, true)),
            check.received(new ProbeAnswer.ConnectionAnswer(CONNECTION, SEQUENCE, true)),
            check.received(new ProbeAnswer.UnreachableAnswer(CONNECTION, SEQUENCE + 1, other)),
            unanswered.received(new ProbeAnswer.NeighborAnswer(other, MAC)),
            unanswered.received(new ProbeAnswer.ConnectionAnswer(CONNECTION, SEQUENCE + 1, true)));

    // Then
    assertThat(steps).allSatisfy(step -> assertThat(step).isInstanceOf(Step.Ignore.class));
  }

  @Test
  void a_source_of_another_family_is_a_bug() {
    assertThatThrownBy(
            () ->
                new ProbeTarget(InetAddress.ofLiteral("2001:db8::7"), OptionalInt.empty(), SOURCE))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private List<Step> stepsToEnd(Step first) {
    return stepsToEnd(check, first);
  }

  private static List<Step> stepsToEnd(ReachabilityCheck check, Step first) {
    List<Step> steps = new ArrayList<>(List.of(first));
    while (steps.getLast() instanceof Step.Send && steps.size() < 10) {
      steps.add(check.next());
    }
    return steps;
  }

  private static Duration timeouts(List<Step> steps) {
    return steps.stream()
        .filter(Step.Send.class::isInstance)
        .map(step -> ((Step.Send) step).timeout)
        .reduce(Duration.ZERO, Duration::plus);
  }

  private static ReachabilityResult result(Step step) {
    return ((Step.Finish) step).result();
  }

  private static byte[] sent(Step step) {
    return ((Step.Send) step).frame;
  }

  private static int flags(byte[] ipv4Frame) {
    return ipv4Frame[47];
  }
}
