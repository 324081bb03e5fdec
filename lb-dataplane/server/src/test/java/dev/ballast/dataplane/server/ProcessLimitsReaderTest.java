package dev.ballast.dataplane.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.admission.ProcessLimits;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("feature:limits")
class ProcessLimitsReaderTest {

  @ParameterizedTest
  @CsvSource({"'32768\t60999\n', 28232", "'1024 65535', 64512", "'40000   40000', 1"})
  void a_range_of_ports_is_counted(String range, int ports) {
    // When
    int counted = ProcessLimitsReader.localPorts(range);

    // Then
    assertThat(counted).isEqualTo(ports);
  }

  @Test
  void the_limits_of_this_process_are_known() {
    // When
    ProcessLimits limits = ProcessLimitsReader.read();

    // Then
    assertThat(limits.descriptors()).isGreaterThan(100);
    assertThat(limits.heapBytes()).isEqualTo(Runtime.getRuntime().maxMemory());
    assertThat(limits.localPorts()).isPositive();
  }
}
