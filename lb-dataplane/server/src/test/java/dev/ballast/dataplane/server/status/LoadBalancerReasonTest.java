package dev.ballast.dataplane.server.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.admission.AdmissionResult;
import dev.ballast.dataplane.server.announce.AcquireResult.RejectionReason;
import dev.ballast.dataplane.server.relay.ListenFailureReason;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LoadBalancerReasonTest {

  @ParameterizedTest
  @EnumSource
  void a_reason_has_a_meaning_and_a_remedy_in_whole_sentences(LoadBalancerReason reason) {
    assertThat(reason.reason()).matches("([A-Z][A-Za-z0-9]+)+");
    assertThat(reason.meaning()).matches("[A-Z].*\\.");
    assertThat(reason.remedy()).matches("[A-Z].*\\.");
  }

  @Test
  void a_condition_type_lists_each_reason_once() {
    assertThat(
            Arrays.stream(LoadBalancerReason.values())
                .map(reason -> reason.type() + " " + reason.reason()))
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @EnumSource
  void a_listener_failure_keeps_its_reason_in_the_condition(ListenFailureReason reason) {
    assertThat(LoadBalancerReason.of(reason).type())
        .isEqualTo(LoadBalancerConditionType.PROGRAMMED);
    assertThat(LoadBalancerReason.of(reason).reason()).isEqualTo(reason.toString());
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ADMITTED")
  void each_rejection_has_a_reason_that_is_found_by_its_name(AdmissionResult rejection) {
    // When
    LoadBalancerReason reason = LoadBalancerReason.of(rejection);

    // Then
    assertThat(LoadBalancerReason.find(LoadBalancerConditionType.LIMITED, reason.reason()))
        .contains(reason);
  }

  @Test
  void a_reason_is_found_for_the_type_of_its_condition_only() {
    assertThat(LoadBalancerReason.find(LoadBalancerConditionType.LIMITED, "AddressInUse"))
        .isEmpty();
    assertThat(LoadBalancerReason.find(LoadBalancerConditionType.CONFLICT, "AddressInUse"))
        .contains(LoadBalancerReason.ADDRESS_CONFLICT);
  }

  @ParameterizedTest
  @EnumSource
  void a_rejected_address_keeps_its_reason_in_the_condition(RejectionReason reason) {
    assertThat(LoadBalancerReason.of(reason).type()).isEqualTo(LoadBalancerConditionType.ANNOUNCED);
    assertThat(LoadBalancerReason.of(reason).reason()).isEqualTo(reason.toString());
  }
}
