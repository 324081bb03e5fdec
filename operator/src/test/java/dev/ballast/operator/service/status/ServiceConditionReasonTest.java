package dev.ballast.operator.service.status;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("feature:status")
class ServiceConditionReasonTest {

  @ParameterizedTest
  @EnumSource
  void every_reason_has_a_meaning_and_a_remedy_for_the_documentation(
      ServiceConditionReason reason) {
    assertThat(reason.reason()).matches("[A-Z][A-Za-z0-9]+");
    assertThat(reason.meaning()).matches("[A-Z][^|\n]+\\.");
    assertThat(reason.remedy()).matches("[A-Z][^|\n]+\\.");
  }

  @ParameterizedTest
  @EnumSource
  void every_condition_type_has_a_meaning_for_the_documentation(ServiceConditionType type) {
    assertThat(type.meaning()).matches("[A-Z][^|\n]+\\.");
    assertThat(ServiceConditionType.of(type.type())).contains(type);
  }

  @Test
  void no_two_reasons_have_the_same_text() {
    assertThat(ServiceConditionReason.values())
        .extracting(ServiceConditionReason::reason)
        .doesNotHaveDuplicates();
  }

  @Test
  void the_event_of_a_condition_that_needs_attention_is_a_warning() {
    assertThat(ServiceConditionReason.ADDRESS_ASSIGNED.eventType()).isEqualTo("Normal");
    assertThat(ServiceConditionReason.NO_POOL.eventType()).isEqualTo("Warning");
    assertThat(ServiceConditionReason.PORT_ERROR.eventType()).isEqualTo("Warning");
  }
}
