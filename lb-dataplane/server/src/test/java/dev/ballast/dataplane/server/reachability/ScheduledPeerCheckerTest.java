package dev.ballast.dataplane.server.reachability;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.core.reachability.CheckResult;
import dev.ballast.dataplane.core.reachability.CheckTarget;
import dev.ballast.dataplane.server.announce.OnLinkSource;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A checker with a probe that answers at once. */
@Tag("feature:reachability")
class ScheduledPeerCheckerTest {

  private static final CheckTarget GOOD = target("198.18.100.1");
  private static final CheckTarget BAD = target("198.18.100.2");
  private static final CheckTarget OFF_LINK = target("203.0.113.1");

  private final List<InetAddress> checked = new CopyOnWriteArrayList<>();
  private final ScheduledPeerChecker checker =
      ScheduledPeerChecker.start(new FakeProbe(), ScheduledPeerCheckerTest::source);

  private final class FakeProbe implements ReachabilityProbe {
    @Override
    public void check(ProbeTarget target, Consumer<ReachabilityResult> consumer) {
      checked.add(target.address());
      if (target.address().equals(BAD.address())) {
        throw new IllegalStateException("a test of what must not happen");
      }
      consumer.accept(new ReachabilityResult.Reachable("52:54:00:00:00:01"));
    }

    @Override
    public void close() {}
  }

  @AfterEach
  void close() {
    checker.close();
  }

  @Test
  void a_target_is_checked_and_its_result_is_known() {
    // When
    set(GOOD, Optional.empty());

    // Then
    await()
        .atMost(ofSeconds(5))
        .untilAsserted(
            () -> assertThat(checker.results()).containsEntry(GOOD, new CheckResult.Reached()));
  }

  @Test
  void a_check_that_fails_by_a_bug_does_not_stop_the_others() {
    // Given
    set(BAD, Optional.empty());

    // When
    set(GOOD, Optional.empty());

    // Then
    await()
        .atMost(ofSeconds(5))
        .untilAsserted(
            () -> assertThat(checker.results()).containsEntry(GOOD, new CheckResult.Reached()));
    assertThat(checked).contains(BAD.address());
    assertThat(checker.results()).doesNotContainKey(BAD);
  }

  @Test
  void nothing_is_known_about_an_address_that_this_node_cannot_check() {
    // Given
    set(OFF_LINK, Optional.of(new CheckResult.Reached()));
    assertThat(checker.results()).containsKey(OFF_LINK);

    // When
    checker.checkSoon("n1");

    // Then
    await().atMost(ofSeconds(5)).untilAsserted(() -> assertThat(checker.results()).isEmpty());
    assertThat(checked).isEmpty();
  }

  @Test
  void an_address_without_a_target_is_forgotten() {
    // Given
    set(GOOD, Optional.of(new CheckResult.Reached()));

    // When
    checker.setTargets(Map.of(GOOD.address(), Optional.empty()), target -> Optional.empty());

    // Then
    assertThat(checker.results()).isEmpty();
  }

  private void set(CheckTarget target, Optional<CheckResult> known) {
    checker.setTargets(Map.of(target.address(), Optional.of(target)), each -> known);
  }

  private static Optional<OnLinkSource> source(InetAddress address) {
    return address.equals(OFF_LINK.address())
        ? Optional.empty()
        : Optional.of(
            new OnLinkSource(2, "52:54:00:00:00:02", InetAddress.ofLiteral("198.18.100.9")));
  }

  private static CheckTarget target(String address) {
    return new CheckTarget(InetAddress.ofLiteral(address), "n1", OptionalInt.of(80));
  }
}
