package dev.ballast.dataplane.core.address;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnnouncePolicyTest {

  @ParameterizedTest
  @CsvSource({
    "eth1,      eth1,   true",
    "eth1,      eth10,  false",
    "eth*,      eth10,  true",
    "eth*,      eth,    true",
    "eth*,      enp3s0, false",
    "*,         enp3s0, true",
    "eth1|enp*, enp3s0, true",
    "eth1|enp*, eth2,   false",
  })
  void an_interface_is_allowed_by_its_name_or_by_its_beginning(
      String entries, String name, boolean allowed) {
    // Given
    var policy = policy(entries.split("\\|"));

    // When
    boolean result = policy.allowsInterface(name);

    // Then
    assertThat(result).isEqualTo(allowed);
  }

  @Test
  void without_entries_every_interface_is_allowed() {
    assertThat(AnnouncePolicy.ALL.allowsInterface("eth0")).isTrue();
    assertThat(AnnouncePolicy.ALL.restrictsInterfaces()).isFalse();
  }

  @Test
  void only_a_whole_name_names_an_interface() {
    // When
    var policy = policy("eth1", "enp*");

    // Then
    assertThat(policy.namesInterface("eth1")).isTrue();
    assertThat(policy.namesInterface("enp3s0")).isFalse();
  }

  private static AnnouncePolicy policy(String... interfaces) {
    return new AnnouncePolicy("lan", Optional.empty(), Set.of(), List.of(interfaces));
  }
}
