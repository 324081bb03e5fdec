package dev.ballast.dataplane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReservedPortsTest {

  @Test
  void a_list_may_have_ports_ranges_and_spaces() {
    // When
    Optional<Set<Integer>> ports = ReservedPorts.parse("22, 6443,10248-10250 ,65535-65535");

    // Then
    assertThat(ports).hasValue(Set.of(22, 6443, 10248, 10249, 10250, 65535));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", ",", "22,", "ssh", "0", "65536", "99999", "-22", "22-", "30-20", "1-2-3", "1.5"
      })
  void what_is_not_a_list_of_ports_is_rejected(String text) {
    // When
    Optional<Set<Integer>> ports = ReservedPorts.parse(text);

    // Then
    assertThat(ports).isEmpty();
  }

  @Test
  void the_ports_of_the_kubelet_and_the_API_server_are_reserved_by_default_but_not_that_of_sshd() {
    assertThat(ReservedPorts.DEFAULT).contains(10250, 6443).doesNotContain(22);
  }
}
