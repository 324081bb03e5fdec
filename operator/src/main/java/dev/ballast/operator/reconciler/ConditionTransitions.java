package dev.ballast.operator.reconciler;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** When conditions changed last: by their status, not by their words (KEP-1623). */
public final class ConditionTransitions {

  /**
   * {@code said} with its {@code lastTransitionTime}: {@code now}, in whole seconds, unless the
   * condition of its type had the same status in {@code before}.
   */
  public static Condition timed(Condition said, List<Condition> before, Instant now) {
    String since =
        before.stream()
            .filter(old -> old.getType().equals(said.getType()))
            .filter(old -> said.getStatus().equals(old.getStatus()))
            .map(Condition::getLastTransitionTime)
            .findFirst()
            .orElseGet(() -> now.truncatedTo(ChronoUnit.SECONDS).toString());
    return new ConditionBuilder(said).withLastTransitionTime(since).build();
  }

  private ConditionTransitions() {}
}
