package dev.ballast.dataplane.server.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.steering.SelfFencing;
import dev.ballast.dataplane.server.steering.Steering;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PeerHeartbeatsTest {

  private static final InetAddress OWN = InetAddress.ofLiteral("192.0.2.1");
  private static final InetAddress OWN_IPV6 = InetAddress.ofLiteral("2001:db8::1");
  private static final InetAddress OTHER = InetAddress.ofLiteral("192.0.2.2");
  private static final InetAddress OTHER_IPV6 = InetAddress.ofLiteral("2001:db8::2");

  @Test
  void each_other_node_has_one_address() {
    // When
    var peers =
        PeerHeartbeats.peersOf(
            "a", Optional.of(OWN), Map.of(OWN, "a", OWN_IPV6, "a", OTHER, "b", OTHER_IPV6, "b"));

    // Then
    assertThat(peers).containsOnly(Map.entry("b", OTHER));
  }

  @Test
  void the_address_has_a_family_of_this_node() {
    // When
    var peers =
        PeerHeartbeats.peersOf(
            "a",
            Optional.of(OWN_IPV6),
            Map.of(OWN, "a", OWN_IPV6, "a", OTHER, "b", OTHER_IPV6, "b"));

    // Then
    assertThat(peers).containsOnly(Map.entry("b", OTHER_IPV6));
  }

  @Test
  void a_node_that_was_silent_looks_for_others_once_before_it_speaks_again() throws IOException {
    // Given
    AtomicInteger wakeUps = new AtomicInteger();
    Steering steering = Steering.none();
    var heartbeats = withFencing(steering, wakeUps::incrementAndGet);
    steering.setFencing(true);
    boolean atFirst = heartbeats.mayPublish(System.nanoTime());
    boolean whileVerifying = heartbeats.mayPublish(System.nanoTime());

    // When
    heartbeats.resume();

    // Then
    assertThat(List.of(atFirst, whileVerifying)).containsExactly(false, false);
    assertThat(heartbeats.mayPublish(System.nanoTime())).isTrue();
    assertThat(wakeUps).hasValue(1);
  }

  @Test
  void what_was_found_out_is_outdated_after_another_silence() throws IOException {
    // Given
    Steering steering = Steering.none();
    var heartbeats = withFencing(steering, () -> {});
    steering.setFencing(true);
    heartbeats.mayPublish(System.nanoTime());
    heartbeats.resume();

    // When
    boolean later =
        heartbeats.mayPublish(System.nanoTime() + SelfFencing.TIMEOUT.multipliedBy(2).toNanos());

    // Then
    assertThat(later).isFalse();
  }

  @Test
  void a_node_with_claims_that_others_have_missed_is_silent_until_it_has_looked_for_others() {
    // Given
    Steering steering = Steering.none();
    var heartbeats = withFencing(steering, () -> {});
    heartbeats.setClaiming(true);

    // When
    heartbeats.missed();

    // Then
    assertThat(heartbeats.isVerifying()).isTrue();
    assertThat(heartbeats.mayPublish(System.nanoTime())).isFalse();
    assertThat(steering.fencing().isFenced()).isTrue();
    heartbeats.resume();
    assertThat(steering.fencing().isFenced()).isFalse();
    assertThat(heartbeats.mayPublish(System.nanoTime())).isTrue();
  }

  @Test
  void a_node_without_claims_has_nothing_to_look_for() {
    // Given
    Steering steering = Steering.none();
    var heartbeats = withFencing(steering, () -> {});

    // When
    heartbeats.missed();

    // Then
    assertThat(heartbeats.isVerifying()).isFalse();
    assertThat(steering.fencing().isFenced()).isFalse();
  }

  private static PeerHeartbeats withFencing(Steering steering, Runnable onChange) {
    return new PeerHeartbeats(
        "a",
        Optional.of(OWN),
        true,
        listener -> HeartbeatExchange.none(),
        steering.fencing(),
        onChange,
        new SimpleMeterRegistry());
  }
}
