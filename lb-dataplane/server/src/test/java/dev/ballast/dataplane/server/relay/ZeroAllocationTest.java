package dev.ballast.dataplane.server.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.ImageFlags;
import dev.ballast.dataplane.server.relay.EventLoopAllocations.Load;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Relaying allocates no objects on the event loops. */
class ZeroAllocationTest {

  /** For the periodic tasks of the loops. One object for each message would be four times that. */
  private static final long MAX_BACKGROUND_BYTES = 4 * EventLoopAllocations.MESSAGES;

  /**
   * The allocations of UDP with C1 alone: java.lang.foreign allocates 40 bytes in each of the four
   * system calls for a datagram and its answer. C2 removes these allocations.
   */
  private static final long DOWNCALL_BYTES = 4 * 40 * EventLoopAllocations.MESSAGES;

  @ParameterizedTest
  @EnumSource
  void relaying_bytes_allocates_no_object(Load load) throws Exception {
    // When
    long allocated = EventLoopAllocations.of(load, TestedEngine.EPOLL);

    // Then
    assertThat(allocated).isLessThan(MAX_BACKGROUND_BYTES);
  }

  @ParameterizedTest
  @EnumSource(names = {"MESSAGES", "DATAGRAMS"})
  void relaying_steered_bytes_allocates_no_object(Load load) throws Exception {
    // When
    long allocated = EventLoopAllocations.of(load, TestedEngine.STEERED);

    // Then
    assertThat(allocated).isLessThan(MAX_BACKGROUND_BYTES);
  }

  @ParameterizedTest
  @EnumSource(names = {"MESSAGES", "BULK"})
  void relaying_bytes_allocates_no_object_with_the_jvm_flags_of_the_image(Load load)
      throws Exception {
    // When
    long allocated = inImageJvm(load);

    // Then
    assertThat(allocated).isLessThan(MAX_BACKGROUND_BYTES);
  }

  @Test
  void relaying_datagrams_allocates_only_in_system_calls_with_the_jvm_flags_of_the_image()
      throws Exception {
    // When
    long allocated = inImageJvm(Load.DATAGRAMS);

    // Then
    assertThat(allocated).isLessThan(DOWNCALL_BYTES + MAX_BACKGROUND_BYTES);
  }

  private static long inImageJvm(Load load) throws Exception {
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
