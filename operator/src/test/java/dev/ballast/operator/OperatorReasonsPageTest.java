package dev.ballast.operator;

import dev.ballast.lab.GeneratedSection;
import dev.ballast.lab.ReasonTables;
import dev.ballast.lab.ReasonTables.Reason;
import dev.ballast.operator.address.AddressConditionReason;
import dev.ballast.operator.pool.PoolConditionReason;
import dev.ballast.operator.service.status.ServiceConditionReason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import org.junit.jupiter.api.Test;

/**
 * The operator's sections of {@code docs/reference/conditions.md}, from the lists of reasons in the
 * code. After a change, run {@code ./mvnw -pl operator test -Dballast.update=true} and commit the
 * page.
 */
class OperatorReasonsPageTest {

  @Test
  void the_committed_page_lists_every_reason_of_a_service() throws IOException {
    // When
    String tables =
        ReasonTables.of(
            Arrays.stream(ServiceConditionReason.values())
                .sorted(Comparator.comparing(ServiceConditionReason::type))
                .map(
                    it ->
                        new Reason(
                            it.type().type(),
                            it.type().meaning(),
                            it.status() ? "True" : "False",
                            it.reason(),
                            it.meaning(),
                            it.remedy()))
                .toList());

    // Then
    section("Service").isUpToDate(tables);
  }

  @Test
  void the_committed_page_lists_every_reason_of_a_pool() throws IOException {
    // When
    String tables =
        ReasonTables.of(
            Arrays.stream(PoolConditionReason.values())
                .sorted(Comparator.comparing(PoolConditionReason::type))
                .map(
                    it ->
                        new Reason(
                            it.type().type(),
                            it.type().meaning(),
                            it.status() ? "True" : "False",
                            it.reason(),
                            it.meaning(),
                            it.remedy()))
                .toList());

    // Then
    section("AddressPool").isUpToDate(tables);
  }

  @Test
  void the_committed_page_lists_every_reason_of_an_address() throws IOException {
    // When
    String tables =
        ReasonTables.of(
            Arrays.stream(AddressConditionReason.values())
                .sorted(Comparator.comparing(AddressConditionReason::type))
                .map(
                    it ->
                        new Reason(
                            it.type().type(),
                            it.type().meaning(),
                            it.status() ? "True" : "False",
                            it.reason(),
                            it.meaning(),
                            it.remedy()))
                .toList());

    // Then
    section("Address").isUpToDate(tables);
  }

  private static GeneratedSection section(String kind) {
    return new GeneratedSection(
        Path.of("../docs/reference/conditions.md"), kind, "OperatorReasonsPageTest");
  }
}
