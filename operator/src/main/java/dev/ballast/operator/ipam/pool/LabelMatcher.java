package dev.ballast.operator.ipam.pool;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which labels will do, as a Kubernetes LabelSelector says it; one without a word takes all. */
public record LabelMatcher(Map<String, String> labels, List<LabelRequirement> expressions) {

  public static final LabelMatcher ALL = new LabelMatcher(Map.of(), List.of());

  public LabelMatcher {
    labels = Map.copyOf(labels);
    expressions = List.copyOf(expressions);
  }

  /** What one label has to be. */
  public record LabelRequirement(String key, LabelOperator labelOperator, List<String> values) {
    public LabelRequirement {
      values = List.copyOf(values);
    }

    /** As in Kubernetes, a label that is not there is not in any list. */
    boolean matches(Map<String, String> labels) {
      String value = labels.get(key);
      return switch (labelOperator) {
        case In -> value != null && values.contains(value);
        case NotIn -> value == null || !values.contains(value);
        case Exists -> value != null;
        case DoesNotExist -> value == null;
      };
    }

    @Override
    public String toString() {
      return switch (labelOperator) {
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

  boolean takesAll() {
    return labels.isEmpty() && expressions.isEmpty();
  }

  public boolean matches(Map<String, String> present) {
    return labels.entrySet().stream().allMatch(l -> l.getValue().equals(present.get(l.getKey())))
        && expressions.stream().allMatch(labelRequirement -> labelRequirement.matches(present));
  }

  /** As kubectl takes it: {@code --selector}. */
  @Override
  public String toString() {
    return Stream.concat(
            new TreeMap<>(labels)
                .entrySet().stream().map(label -> label.getKey() + "=" + label.getValue()),
            expressions.stream().map(LabelRequirement::toString))
        .collect(Collectors.joining(", "));
  }
}
