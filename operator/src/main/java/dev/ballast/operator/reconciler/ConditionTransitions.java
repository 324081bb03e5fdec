package dev.ballast.operator.reconciler;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** Sets when a condition changed: only a change of its status counts (KEP-1623). */
public final class ConditionTransitions {

  /**
   * The condition with its {@code lastTransitionTime}: of the previous condition of its type if
   * that had the same status, else now, in whole seconds.
   */
  public static Condition withTransitionTime(
      Condition condition, List<Condition> previous, Instant now) {
    String since =
        previous.stream()
            .filter(old -> old.getType().equals(condition.getType()))
            .filter(old -> condition.getStatus().equals(old.getStatus()))
            .map(Condition::getLastTransitionTime)
            .findFirst()
            .orElseGet(() -> now.truncatedTo(ChronoUnit.SECONDS).toString());
    return new ConditionBuilder(condition).withLastTransitionTime(since).build();
  }

  private ConditionTransitions() {}
}
