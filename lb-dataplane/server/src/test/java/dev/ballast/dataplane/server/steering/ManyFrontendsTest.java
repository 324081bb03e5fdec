package dev.ballast.dataplane.server.steering;

import static dev.ballast.dataplane.core.plan.Protocol.TCP;
import static dev.ballast.dataplane.server.steering.FrontendVerdict.ACCEPT;
import static dev.ballast.dataplane.server.steering.SteeringNamespace.ADDRESS;
import static dev.ballast.dataplane.server.steering.SteeringNamespace.numbered;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.plan.Binding;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

@EnabledIf("dev.ballast.dataplane.server.announce.NetworkNamespace#isRoot")
class ManyFrontendsTest {

  private static final int FRONTENDS = 10_000;
  private static final int MORE = 101;
  private static final double MEDIAN_MILLIS = 5;

  @Test
  void one_more_frontend_beside_ten_thousand_takes_five_milliseconds_and_no_descriptor()
      throws Exception {
    // Given
    try (SteeringNamespace namespace = new SteeringNamespace();
        TransparentSockets sockets = namespace.onNode(TransparentSockets::new);
        Steering steering = Steering.nftables(SteeringSetting.AUTO)) {
      namespace.onNode(() -> steering.start(sockets.listeners()));
      namespace.activate(steering);
      Map<Binding, FrontendVerdict> frontends = new HashMap<>();
      for (int i = 0; i < FRONTENDS; i++) {
        frontends.put(new Binding(numbered(i), 8000 + i, TCP), ACCEPT);
      }
      steering.apply(new FrontendChanges(frontends, Set.of()));
      long descriptors = descriptors();
      double[] millis = new double[MORE];

      // When
      for (int i = 0; i < MORE; i++) {
        var one = new FrontendChanges(Map.of(new Binding(ADDRESS, 1 + i, TCP), ACCEPT), Set.of());
        long start = System.nanoTime();
        steering.apply(one);
        millis[i] = (System.nanoTime() - start) / 1e6;
      }

      // Then
      Arrays.sort(millis);
      System.out.printf(
          "One more frontend beside %d: median %.3f ms, longest %.3f ms%n",
          FRONTENDS, millis[MORE / 2], millis[MORE - 1]);
      assertThat(millis[MORE / 2]).isLessThanOrEqualTo(MEDIAN_MILLIS);
      assertThat(descriptors()).isEqualTo(descriptors);
      assertThat(steering.repairs()).isZero();
    }
  }

  private static long descriptors() throws Exception {
    try (var files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    }
  }
}
