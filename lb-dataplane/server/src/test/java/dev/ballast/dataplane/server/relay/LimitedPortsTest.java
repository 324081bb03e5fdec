package dev.ballast.dataplane.server.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.ImageFlags;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A node has about 28,000 source ports for one backend; here it has {@link
 * LimitedPortsProcess#PORTS}.
 */
@Tag("feature:faults")
@EnabledIf("dev.ballast.dataplane.server.announce.NetworkNamespace#isRoot")
class LimitedPortsTest {

  @ParameterizedTest
  @EnumSource
  void without_a_free_source_port_another_backend_is_tried_or_the_client_is_reset(TestedEngine by)
      throws Exception {
    // Given
    List<String> command = new ArrayList<>(List.of("unshare", "--net"));
    command.addAll(List.of("sh", "-c", "ip link set lo up && exec \"$0\" \"$@\""));
    command.addAll(ImageFlags.java(LimitedPortsProcess.class, by.name()));

    // When
    Process inside =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try {
      List<String> answered =
          new String(inside.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> line.matches("[0-9]+"))
              .toList();

      // Then
      assertThat(inside.waitFor(5, TimeUnit.SECONDS)).isTrue();
      assertThat(answered)
          .containsExactly(
              String.valueOf(LimitedPortsProcess.PORTS),
              "4",
              String.valueOf(LimitedPortsProcess.PORTS));
    } finally {
      inside.destroyForcibly();
    }
  }
}
