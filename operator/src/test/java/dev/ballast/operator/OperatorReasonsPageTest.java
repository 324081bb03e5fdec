package dev.ballast.operator;

import static dev.ballast.lab.GeneratedSection.row;

import dev.ballast.lab.GeneratedSection;
import dev.ballast.operator.address.AddressConditionReason;
import dev.ballast.operator.address.AddressConditionType;
import dev.ballast.operator.pool.PoolConditionReason;
import dev.ballast.operator.pool.PoolConditionType;
import dev.ballast.operator.service.status.ServiceConditionReason;
import dev.ballast.operator.service.status.ServiceConditionType;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * The operator's sections of {@code docs/reference/conditions.md}, from the lists of reasons in the
 * code. After a change, run {@code ./mvnw -pl operator test -Dballast.update=true} and commit the
 * page.
 */
class OperatorReasonsPageTest {

  private static final String HEAD =
      "\n| Status | Reason | Meaning | What to do |\n|---|---|---|---|\n";

  @Test
  void the_committed_page_lists_every_reason_of_a_service() throws IOException {
    // When
    StringBuilder text = new StringBuilder();
    for (ServiceConditionType type : ServiceConditionType.values()) {
      text.append(head(type.type(), type.meaning()));
      for (ServiceConditionReason each : ServiceConditionReason.values()) {
        if (each.type() == type) {
          text.append(reason(each.status(), each.reason(), each.meaning(), each.remedy()));
        }
      }
    }

    // Then
    section("Service").isUpToDate(text.toString().strip() + "\n");
  }

  @Test
  void the_committed_page_lists_every_reason_of_a_pool() throws IOException {
    // When
    StringBuilder text = new StringBuilder();
    for (PoolConditionType type : PoolConditionType.values()) {
      text.append(head(type.type(), type.meaning()));
      for (PoolConditionReason each : PoolConditionReason.values()) {
        if (each.type() == type) {
          text.append(reason(each.status(), each.reason(), each.meaning(), each.remedy()));
        }
      }
    }

    // Then
    section("AddressPool").isUpToDate(text.toString().strip() + "\n");
  }

  @Test
  void the_committed_page_lists_every_reason_of_an_address() throws IOException {
    // When
    StringBuilder text = new StringBuilder();
    for (AddressConditionType type : AddressConditionType.values()) {
      text.append(head(type.type(), type.meaning()));
      for (AddressConditionReason each : AddressConditionReason.values()) {
        if (each.type() == type) {
          text.append(reason(each.status(), each.reason(), each.meaning(), each.remedy()));
        }
      }
    }

    // Then
    section("Address").isUpToDate(text.toString().strip() + "\n");
  }

  private static GeneratedSection section(String kind) {
    return new GeneratedSection(
        Path.of("../docs/reference/conditions.md"), kind, "OperatorReasonsPageTest");
  }

  private static String head(String type, String meaning) {
    return "\n### `" + type + "`\n\n" + meaning + "\n" + HEAD;
  }

  private static String reason(boolean status, String reason, String meaning, String remedy) {
    return row(status ? "True" : "False", "`" + reason + "`", meaning, remedy);
  }
}
