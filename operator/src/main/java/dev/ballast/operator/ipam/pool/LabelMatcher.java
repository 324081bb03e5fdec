package dev.ballast.operator.ipam.pool;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A Kubernetes label selector. An empty one matches everything. */
public record LabelMatcher(Map<String, String> labels, List<LabelRequirement> expressions) {

  public static final LabelMatcher ALL = new LabelMatcher(Map.of(), List.of());

  public LabelMatcher {
    labels = Map.copyOf(labels);
    expressions = List.copyOf(expressions);
  }

  /** A requirement on the value of one label. */
  public record LabelRequirement(String key, LabelOperator operator, List<String> values) {
    public LabelRequirement {
      values = List.copyOf(values);
    }

    /** As in Kubernetes, a missing label is not in any list of values. */
    boolean matches(Map<String, String> labels) {
      String value = labels.get(key);
      return switch (operator) {
        case In -> value != null && values.contains(value);
        case NotIn -> value == null || !values.contains(value);
        case Exists -> value != null;
        case DoesNotExist -> value == null;
      };
    }

    @Override
    public String toString() {
      return switch (operator) {
        case In -> key + " in (" + String.join(", ", values) + ")";
        case NotIn -> key + " notin (" + String.join(", ", values) + ")";
        case Exists -> key;
        case DoesNotExist -> "!" + key;
      };
    }
  }

  /** Spelled as in {@code LabelSelectorRequirement.operator}. */
  public enum LabelOperator {
    In,
    NotIn,
    Exists,
    DoesNotExist
  }

  boolean matchesAll() {
    return labels.isEmpty() && expressions.isEmpty();
  }

  public boolean matches(Map<String, String> labelsToMatch) {
    return labels.entrySet().stream()
            .allMatch(l -> l.getValue().equals(labelsToMatch.get(l.getKey())))
        && expressions.stream().allMatch(requirement -> requirement.matches(labelsToMatch));
  }

  /** In the syntax of {@code kubectl --selector}. */
  @Override
  public String toString() {
    return Stream.concat(
            new TreeMap<>(labels)
                .entrySet().stream().map(label -> label.getKey() + "=" + label.getValue()),
            expressions.stream().map(LabelRequirement::toString))
        .collect(Collectors.joining(", "));
  }
}
