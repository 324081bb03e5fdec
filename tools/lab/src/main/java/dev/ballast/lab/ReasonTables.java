package dev.ballast.lab;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The Markdown tables of condition reasons, one table for each condition. */
public final class ReasonTables {

  /**
   * One reason of a condition.
   *
   * @param condition type of the condition
   * @param conditionMeaning what the condition says
   * @param status of the condition when it has the reason
   */
  public record Reason(
      String condition,
      String conditionMeaning,
      String status,
      String reason,
      String meaning,
      String remedy) {}

  /** The tables of these reasons, conditions in the order of their first reason. */
  public static String of(List<Reason> reasons) {
    Map<String, StringBuilder> tables = new LinkedHashMap<>();
    for (Reason each : reasons) {
      tables
          .computeIfAbsent(each.condition(), type -> head(type, each.conditionMeaning()))
          .append(
              GeneratedSection.row(
                  each.status(), "`" + each.reason() + "`", each.meaning(), each.remedy()));
    }
    return String.join("\n", tables.values());
  }

  private static StringBuilder head(String type, String meaning) {
    return new StringBuilder("### `" + type + "`\n\n" + meaning + "\n")
        .append("\n| Status | Reason | Meaning | What to do |\n|---|---|---|---|\n");
  }

  private ReasonTables() {}
}
