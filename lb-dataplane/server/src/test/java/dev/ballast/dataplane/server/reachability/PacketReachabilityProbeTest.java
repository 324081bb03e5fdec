package dev.ballast.dataplane.server.reachability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.announce.OnLinkSource;
import java.net.InetAddress;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What needs no network: no interface has the index, so that no frame is sent. */
class PacketReachabilityProbeTest {

  private static final ProbeTarget TARGET =
      new ProbeTarget(
          InetAddress.ofLiteral("192.0.2.7"),
          OptionalInt.of(443),
          new OnLinkSource(
              Integer.MAX_VALUE, "02:00:00:00:00:01", InetAddress.ofLiteral("192.0.2.1")));

  @Test
  void an_interface_that_has_disappeared_is_no_alarm() {
    try (ReachabilityProbe probe = ReachabilityProbe.overPacketSockets()) {
      // Given
      var result = new CompletableFuture<ReachabilityResult>();

      // When
      probe.check(TARGET, result::complete);

      // Then
      assertThat(result.orTimeout(10, TimeUnit.SECONDS).join())
          .isInstanceOf(ReachabilityResult.NotChecked.class);
    }
  }

  @Test
  void a_consumer_that_fails_stops_no_other_check() {
    try (ReachabilityProbe probe = ReachabilityProbe.overPacketSockets()) {
      // Given
      var result = new CompletableFuture<ReachabilityResult>();
      probe.check(
          TARGET,
          _ -> {
            throw new IllegalStateException("a bug");
          });

      // When
      probe.check(TARGET, result::complete);

      // Then
      assertThat(result.orTimeout(10, TimeUnit.SECONDS).join())
          .isInstanceOf(ReachabilityResult.NotChecked.class);
    }
  }

  @Test
  void after_its_end_a_probe_does_nothing() {
    // Given
    var result = new CompletableFuture<ReachabilityResult>();
    ReachabilityProbe probe = ReachabilityProbe.overPacketSockets();
    probe.close();

    // When
    probe.check(TARGET, result::complete);

    // Then
    assertThat(result).isNotDone();
  }
}
