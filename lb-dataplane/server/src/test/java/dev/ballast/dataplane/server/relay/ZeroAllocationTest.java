package dev.ballast.dataplane.server.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.ImageFlags;
import dev.ballast.dataplane.server.relay.EventLoopAllocations.Load;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bytes that are carried leave nothing to collect on the loops that carry them. */
class ZeroAllocationTest {

  /** What the loops' clocks may make meanwhile. One object a message would be four times that. */
  private static final long LITTLE = 4 * EventLoopAllocations.MESSAGES;

  /**
   * What is left of UDP where only C1 compiles: java.lang.foreign makes an object of 40 bytes in
   * each of the four system calls of a datagram there and back, which C2 makes none for.
   */
  private static final long OF_DOWNCALLS = 4 * 40 * EventLoopAllocations.MESSAGES;

  @ParameterizedTest
  @EnumSource
  void bytes_go_both_ways_without_making_an_object(Load load) throws Exception {
    // When
    long garbage = EventLoopAllocations.of(load);

    // Then
    assertThat(garbage).isLessThan(LITTLE);
  }

  @ParameterizedTest
  @EnumSource(names = {"MESSAGES", "BULK"})
  void so_they_do_in_a_jvm_as_the_image_has_it(Load load) throws Exception {
    // When
    long garbage = asInTheImage(load);

    // Then
    assertThat(garbage).isLessThan(LITTLE);
  }

  @Test
  void datagrams_in_a_jvm_as_the_image_has_it_leave_no_more_than_their_system_calls()
      throws Exception {
    // When
    long garbage = asInTheImage(Load.DATAGRAMS);

    // Then
    assertThat(garbage).isLessThan(OF_DOWNCALLS + LITTLE);
  }

  private static long asInTheImage(Load load) throws Exception {
    Process process =
        new ProcessBuilder(ImageFlags.java(EventLoopAllocations.class, load.name()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      String[] lines =
          new String(process.getInputStream().readAllBytes(), UTF_8).strip().split("\n", -1);
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(String.join("\n", lines)).isZero();
      return Long.parseLong(lines[lines.length - 1]);
    } finally {
      process.destroyForcibly();
    }
  }
}
